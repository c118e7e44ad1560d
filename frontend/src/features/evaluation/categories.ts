import type { Result } from "./api";

/** The means of some results over the queries with one label. */
export interface Category {
  readonly label: string;
  readonly queries: number;
  /** By the result's key. */
  readonly means: ReadonlyMap<string, number>;
  readonly best: number;
}

/** What rows are sorted by: `label`, `queries`, or a result's key. */
export interface Sorting {
  readonly by: string;
  readonly down: boolean;
}

export function byCategory(columns: readonly Result[], measure: string): Category[] {
  const labels = new Map<string, { queries: number; means: Map<string, number> }>();
  for (const { key, by_label: rows } of columns) {
    for (const { label, queries, means } of rows) {
      const row = labels.get(label) ?? { queries, means: new Map<string, number>() };
      const mean = means[measure];
      if (mean !== undefined) row.means.set(key, mean);
      labels.set(label, row);
    }
  }
  return [...labels].map(([label, { queries, means }]) => ({
    label,
    queries,
    means,
    best: Math.max(...means.values()),
  }));
}

/** Rows in order; those that are equal by label. */
export function sorted(rows: readonly Category[], { by, down }: Sorting): Category[] {
  const way = down ? -1 : 1;
  return [...rows].sort(
    (a, b) => way * order(a, b, by) || a.label.localeCompare(b.label, "en", { numeric: true }),
  );
}

function order(a: Category, b: Category, by: string): number {
  if (by === "label") return a.label.localeCompare(b.label, "en", { numeric: true });
  if (by === "queries") return a.queries - b.queries;
  const [left, right] = [a.means.get(by) ?? -1, b.means.get(by) ?? -1];
  return left - right;
}
