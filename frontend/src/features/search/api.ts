import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answered, api, type Schemas } from "@/lib/api";
import { canSearch, examplesOf, type SearchState } from "@/lib/searchState";
import { strings as shared } from "@/lib/strings";

export type Hit = Schemas["FoundImage"];
export type Answer = Schemas["Answer"];

export const PAGE = 60;
/** The most that the server puts into one answer. */
export const EXPORT_LIMIT = 10_000;
/** One of the shapes that the schema's `oneOf` allows; which one a body has, `examplesOf` decides at run time. */
type SearchBody = Schemas["SearchBody"] & {
  readonly query: string;
  readonly url: string;
  readonly image_id: string;
};
const RANGE_DEPTH = 1000;
const AWAY = shared.app.away;
const RECONNECT_MS = 4000;

/** What POST /search is asked, without its page. All names are as the person chose them or null. */
export function searchBody(state: SearchState): SearchBody {
  return {
    ...examplesOf(state),
    url: null,
    collection: state.collection,
    extractor: state.extractor || null,
    metric: state.metric || null,
    strategy: "exact",
    labels: [...state.labels],
    text: state.text,
    threshold: state.threshold,
    exclude_self: state.excludeSelf,
    collapse: state.collapse,
    centred: state.centred,
    closeness: true,
    k: PAGE,
    offset: 0,
  } as SearchBody;
}

function search(body: SearchBody, signal: AbortSignal): Promise<Answer> {
  return answered(api.POST("/api/v1/search", { body, signal }), AWAY);
}

/** The ranking, page by page. While another one is under way the old one stays, as `isPlaceholderData`. */
export function useSearch(state: SearchState) {
  const body = searchBody(state);
  return useInfiniteQuery({
    queryKey: ["search", body],
    queryFn: ({ pageParam, signal }) => search({ ...body, offset: pageParam }, signal),
    initialPageParam: 0,
    getNextPageParam: nextOffset,
    enabled: canSearch(state) && state.collection !== "",
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    refetchInterval: (query) => (isAway(query.state.error) ? RECONNECT_MS : false),
  });
}

function isAway(error: unknown): boolean {
  return error instanceof Error && "status" in error && error.status === 0;
}

/** Where the next page begins; undefined after the last. Totals may be upper bounds, so a short page ends it too. */
export function nextOffset(last: Answer): number | undefined {
  const next = last.offset + last.hits.length;
  return last.hits.length < PAGE || next >= last.total ? undefined : next;
}

/** The best score and one far down, between which a threshold is worth choosing. */
export function useScoreRange(state: SearchState, total: number) {
  const body = { ...searchBody({ ...state, threshold: null, collapse: false }), closeness: false };
  const last = Math.max(0, Math.min(total, RANGE_DEPTH) - 1);
  return useQuery({
    queryKey: ["score range", body, last],
    queryFn: async ({ signal }) => {
      const best = await search({ ...body, k: 1 }, signal);
      const worst = await search({ ...body, k: 1, offset: last }, signal);
      return [best.hits[0]?.score ?? 0, worst.hits[0]?.score ?? best.hits[0]?.score ?? 0] as const;
    },
    enabled: canSearch(state) && state.collection !== "" && total > 0,
    staleTime: Infinity,
  });
}

/** Hand a picture over; its token searches from then on. */
export function keepPicture(
  source: { readonly file: File } | { readonly url: string },
  signal: AbortSignal,
): Promise<Schemas["PictureToSearchWith"]> {
  if ("url" in source) {
    return answered(api.POST("/api/v1/queries", { body: { url: source.url }, signal }), AWAY);
  }
  const bodySerializer = () => {
    const form = new FormData();
    form.append("image", source.file);
    return form;
  };
  return answered(api.POST("/api/v1/queries", { body: { image: "" }, bodySerializer, signal }), AWAY);
}

/** What the server may do. */
export function useServer() {
  return useQuery({
    queryKey: ["server"],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/engine", { signal }), AWAY),
    staleTime: Infinity,
  });
}

export function useLabels(collection: string) {
  return useQuery({
    queryKey: ["labels", collection],
    queryFn: ({ signal }) =>
      answered(
        api.GET("/api/v1/collections/{collection}/labels", { params: { path: { collection } }, signal }),
        AWAY,
      ),
    enabled: collection !== "",
  });
}

export function useRandomImages(collection: string, seed: number | null, enabled: boolean) {
  return useQuery({
    queryKey: ["random", collection, seed],
    queryFn: ({ signal }) =>
      answered(
        api.GET("/api/v1/collections/{collection}/images/random", {
          params: { path: { collection }, query: { size: 40, ...(seed === null ? {} : { seed }) } },
          signal,
        }),
        AWAY,
      ),
    enabled: enabled && collection !== "",
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

export function useKeywordImages(collection: string, text: string) {
  return useQuery({
    queryKey: ["keywords", collection, text],
    queryFn: ({ signal }) =>
      answered(
        api.GET("/api/v1/collections/{collection}/keywords", {
          params: { path: { collection }, query: { text, limit: 200 } },
          signal,
        }),
        AWAY,
      ),
    enabled: text !== "" && collection !== "",
    placeholderData: keepPreviousData,
  });
}

/** The ranking as a file. */
export function exportRanking(
  state: SearchState,
  format: "json" | "csv" | "trec",
  k: number,
): Promise<unknown> {
  return answered(
    api.POST("/api/v1/search/export", {
      params: { query: { format } },
      body: { ...searchBody(state), k },
      parseAs: "blob",
    }),
    AWAY,
  );
}
