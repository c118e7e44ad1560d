import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { SearchState } from "@/lib/searchState";
import { readComparison, writeComparison, type CompareState } from "./compareState";

export interface Patch extends Partial<Omit<CompareState, "search">> {
  readonly search?: Partial<SearchState>;
}
export type Change = (patch: Patch) => void;

/** The page's state, which is the URL's, and a way to change some of it: a step that "back" undoes. */
export function useCompareState(): [CompareState, Change] {
  const [url, setUrl] = useSearchParams();
  const state = useMemo(() => readComparison(url), [url]);
  const change = useCallback<Change>(
    ({ search, ...rest }) => {
      setUrl(
        (now) => {
          const old = readComparison(now);
          return writeComparison({ ...old, ...rest, search: { ...old.search, ...search } });
        },
        { preventScrollReset: true },
      );
    },
    [setUrl],
  );
  return [state, change];
}
