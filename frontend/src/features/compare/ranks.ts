import type { Column } from "./api";

/** For every image the rank that each column gives it; null where it is not among its best. */
export type Ranks = ReadonlyMap<string, readonly (number | null)[]>;

export function ranksOf(columns: readonly Pick<Column, "hits">[]): Ranks {
  const ranks = new Map<string, (number | null)[]>();
  columns.forEach(({ hits }, place) => {
    for (const { id, rank } of hits) {
      const row = ranks.get(id) ?? columns.map(() => null);
      row[place] = rank;
      ranks.set(id, row);
    }
  });
  return ranks;
}

/** How an image goes from a column to the next: a line between its ranks, or an end where only one has it. */
export type Link =
  | { readonly kind: "line"; readonly id: string; readonly from: number; readonly to: number }
  | { readonly kind: "leaves"; readonly id: string; readonly from: number }
  | { readonly kind: "comes"; readonly id: string; readonly to: number };

/** Between the column at `place` and the next. */
export function linksAfter(place: number, ranks: Ranks): Link[] {
  return [...ranks].flatMap(([id, row]): Link[] => {
    const from = row[place] ?? null;
    const to = row[place + 1] ?? null;
    if (from !== null && to !== null) return [{ kind: "line", id, from, to }];
    if (from !== null) return [{ kind: "leaves", id, from }];
    return to === null ? [] : [{ kind: "comes", id, to }];
  });
}
