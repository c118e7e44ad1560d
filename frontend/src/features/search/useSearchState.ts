import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { readState, writeState, type SearchState } from "@/lib/searchState";

export type Change = (patch: Partial<SearchState>, how?: { readonly replace?: boolean }) => void;

/** The page's state, which is the URL's, and a way to change some of it: a step that "back" undoes. */
export function useSearchState(): [SearchState, Change] {
  const [url, setUrl] = useSearchParams();
  const state = useMemo(() => readState(url), [url]);
  const change = useCallback<Change>(
    (patch, how) => {
      setUrl((now) => writeState({ ...readState(now), ...patch }), {
        replace: how?.replace ?? false,
        preventScrollReset: true,
      });
    },
    [setUrl],
  );
  return [state, change];
}

/** A new query: what was marked and cut out belonged to the old one. */
export const FRESH = { crop: null, likes: [], dislikes: [], keywords: "", threshold: null } as const;
