import { readState, writeState, type SearchState } from "@/lib/searchState";

export type By = "metrics" | "extractors";

export const SIZES = [10, 20, 50, 100] as const;
export type ColumnSize = (typeof SIZES)[number];

/** All that decides what the page shows: a search, and what of it is varied. It lives in the URL. */
export interface CompareState {
  readonly search: SearchState;
  readonly by: By;
  /** The metric of all columns where extractors are compared; empty for each one's own default. */
  readonly common: string;
  readonly k: ColumnSize;
}

/** The state that a URL holds: the search page's parameters and this page's own. */
export function readComparison(url: URLSearchParams): CompareState {
  const k = Number(url.get("k"));
  return {
    search: readState(url),
    by: url.get("by") === "extractors" ? "extractors" : "metrics",
    common: url.get("common") ?? "",
    k: SIZES.find((size) => size === k) ?? SIZES[0],
  };
}

/** The shortest URL that holds the state. */
export function writeComparison({ search, by, common, k }: CompareState): URLSearchParams {
  const url = writeState(search);
  if (by !== "metrics") url.set("by", by);
  if (common) url.set("common", common);
  if (k !== SIZES[0]) url.set("k", String(k));
  return url;
}
