import type { Result } from "../api";
import { extractorsOf, rowOf, rowsOf } from "../results";

/** How a result is drawn: colour and shape are its extractor's, the dash is its metric's. */
export interface Style {
  readonly colour: number;
  readonly dash: string;
  readonly shape: Shape;
}

export const SHAPES = ["circle", "square", "triangle", "diamond", "plus", "cross"] as const;
export type Shape = (typeof SHAPES)[number];

/** Colours that `charts.module.css` has, by number. */
const COLOURS = 6;
const DASHES = ["none", "9 4", "2 3", "11 3 2 3", "5 3", "14 3 2 3 2 3", "1 5", "20 4"] as const;

export function stylesOf(results: readonly Result[]): ReadonlyMap<string, Style> {
  const extractors = extractorsOf(results);
  const rows = rowsOf(results);
  return new Map(
    results.map((one) => {
      const extractor = extractors.indexOf(one.extractor);
      return [
        one.key,
        {
          colour: extractor % COLOURS,
          shape: SHAPES[extractor % SHAPES.length] ?? "circle",
          dash: DASHES[rows.indexOf(rowOf(one)) % DASHES.length] ?? "none",
        },
      ];
    }),
  );
}
