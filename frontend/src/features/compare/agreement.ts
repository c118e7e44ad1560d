import type { Schemas } from "@/lib/api";

/** As the client hands it over: it knows tuples as arrays. */
export type Agreement = Omit<Schemas["Agreement"], "columns"> & { readonly columns: readonly number[] };

/** Row by row the value of every two columns; null on the diagonal and where it is not known. */
export function matrixOf(
  columns: number,
  agreements: readonly Agreement[],
  value: "overlap" | "kendall",
): (number | null)[][] {
  const matrix = Array.from({ length: columns }, () =>
    Array.from({ length: columns }, () => null as number | null),
  );
  for (const one of agreements) {
    const [a, b] = places(one);
    for (const [row, column] of [
      [a, b],
      [b, a],
    ] as const) {
      const cells = matrix[row];
      if (cells) cells[column] = one[value];
    }
  }
  return matrix;
}

/** The pair whose order agrees least; among equals the one that shares fewer images, then the first. */
export function leastOf(agreements: readonly Agreement[]): Agreement | null {
  return agreements.reduce<Agreement | null>(
    (least, one) =>
      least === null ||
      one.kendall < least.kendall ||
      (one.kendall === least.kendall && one.overlap < least.overlap)
        ? one
        : least,
    null,
  );
}

export function places({ columns }: Agreement): readonly [number, number] {
  const [first = 0, second = 0] = columns;
  return [first, second];
}

/** Kendall's tau with two decimals and a real minus sign. */
export function formatTau(tau: number): string {
  const text = Math.abs(tau).toFixed(2);
  return tau < 0 && text !== "0.00" ? `−${text}` : text;
}

/** The overlap as a whole percentage. */
export function formatOverlap(share: number): string {
  return `${Math.round(share * 100)} %`;
}
