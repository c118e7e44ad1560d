import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, api, Problem, type Schemas } from "@/lib/api";
import { canSearch, examplesOf, type SearchState } from "@/lib/searchState";
import { strings as shared } from "@/lib/strings";
import type { Agreement } from "./agreement";
import { FEWEST_COLUMNS, type Pair } from "./plan";

export type Comparison = Omit<Schemas["ComparisonAnswer"], "agreements"> & {
  readonly agreements: readonly Agreement[];
};
export type Column = Schemas["Column"];
export type Hit = Schemas["FoundImage"];

const AWAY = shared.app.away;
const RECONNECT_MS = 4000;
const STARTS = 24;

/** One of the shapes that the schema's `oneOf` allows; which one a body has, `examplesOf` decides at run time. */
type ComparisonBody = Schemas["ComparisonBody"] & {
  readonly query: string;
  readonly url: string;
  readonly image_id: string;
};

/** What POST /compare is asked. */
export function comparisonBody(search: SearchState, pairs: readonly Pair[], k: number): ComparisonBody {
  return {
    ...examplesOf(search),
    url: null,
    collection: search.collection,
    strategy: "exact",
    labels: [...search.labels],
    text: search.text,
    exclude_self: search.excludeSelf,
    closeness: true,
    k,
    pairs: [...pairs],
  } as unknown as ComparisonBody;
}

/** The rankings and their agreement. While others are under way the old ones stay, as `isPlaceholderData`. */
export function useComparison(search: SearchState, pairs: readonly Pair[], k: number) {
  const body = comparisonBody(search, pairs, k);
  return useQuery({
    queryKey: ["compare", body],
    queryFn: ({ signal }) => answered(api.POST("/api/v1/compare", { body, signal }), AWAY),
    enabled: canSearch(search) && pairs.length >= FEWEST_COLUMNS,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    refetchInterval: ({ state: { error } }) =>
      error instanceof Problem && error.status === 0 ? RECONNECT_MS : false,
  });
}

/** Some images to start from. */
export function useStarts(collection: string) {
  return useQuery({
    queryKey: ["random", collection, "compare"],
    queryFn: ({ signal }) =>
      answered(
        api.GET("/api/v1/collections/{collection}/images/random", {
          params: { path: { collection }, query: { size: STARTS } },
          signal,
        }),
        AWAY,
      ),
    staleTime: Infinity,
  });
}
