import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, api, type Schemas } from "@/lib/api";
import { cropText, type Crop } from "@/lib/crop";
import { canSearch, examplesOf, type SearchState } from "@/lib/searchState";
import { strings as shared } from "@/lib/strings";

export type Explanation = Schemas["Explanation"];
export type Shares = Schemas["LargestShares"];
export type Share = Schemas["ExplainedShare"];
export type Part = Schemas["ExplainedPart"];
export type Colour = Schemas["ColourBin"];
export type Region = Schemas["PictureRegion"];
export type Rank = Schemas["RankUnderMetric"];
export type ColourFigure = Schemas["ColourFigure"];
export type GridFigure = Schemas["GridFigure"];
export type Layer = Schemas["LayerHistograms"];

/** One of the shapes that the schema's `oneOf` allows; which one a body has, `examplesOf` decides at run time. */
type Body = Schemas["ExplanationBody"] & {
  readonly query: string;
  readonly url: string;
  readonly image_id: string;
};

const AWAY = shared.app.away;
const MINUTE = 60_000;
export const TOP = 60;

function bodyOf(state: SearchState, hit: string, rest: Partial<Body>): Body {
  return {
    ...examplesOf(state),
    url: null,
    collection: state.collection || "default",
    hit,
    extractor: state.extractor || null,
    metric: state.metric || null,
    labels: [...state.labels],
    text: state.text,
    exclude_self: state.excludeSelf,
    top: TOP,
    ranks: false,
    ...rest,
  } as Body;
}

/** The client's types make arrays of pairs of numbers; the server's own say pairs. */
async function explain(body: Body, signal: AbortSignal): Promise<Explanation> {
  return (await answered(api.POST("/api/v1/explain", { body, signal }), AWAY)) as Explanation;
}

/** The score taken apart, without the ranks, which take longer. */
export function useExplanation(state: SearchState, hit: string) {
  const body = bodyOf(state, hit, {});
  return useQuery({
    queryKey: ["explanation", body],
    queryFn: ({ signal }) => explain(body, signal),
    enabled: hit !== "" && canSearch(state),
    placeholderData: keepPreviousData,
    staleTime: MINUTE,
  });
}

/** The ranks under every metric, which are the same whichever of them is chosen. */
export function useRanks(state: SearchState, hit: string, enabled: boolean) {
  const body = bodyOf(state, hit, { ranks: true, top: 1, metric: null });
  return useQuery({
    queryKey: ["ranks of a hit", body],
    queryFn: async ({ signal }) => (await explain(body, signal)).ranks,
    enabled: enabled && hit !== "" && canSearch(state),
    staleTime: MINUTE,
  });
}

/** Whose figure is shown: an image of a collection, or a picture from outside by its token. */
export type Subject =
  | { readonly kind: "image"; readonly collection: string; readonly id: string }
  | { readonly kind: "picture"; readonly token: string; readonly crop: Crop | null };

export function useFigure(subject: Subject, extractor: string) {
  return useQuery({
    queryKey: ["figure", subject, extractor],
    queryFn: async ({ signal }) =>
      (await (subject.kind === "image"
        ? answered(
            api.GET("/api/v1/collections/{collection}/images/{id}/figures/{extractor}", {
              params: { path: { collection: subject.collection, id: subject.id, extractor } },
              signal,
            }),
            AWAY,
          )
        : answered(
            api.POST("/api/v1/figures", {
              body: { query: subject.token, crop: subject.crop && cropText(subject.crop), extractor },
              signal,
            }),
            AWAY,
          ))) as Schemas["DescriptorFigure"],
    enabled: extractor !== "",
    staleTime: MINUTE,
  });
}

/** Why maps could not be shown: the problem that stands in the place of their picture. */
export function useMapsProblem(address: string, enabled: boolean) {
  return useQuery({
    queryKey: ["maps", address],
    queryFn: async ({ signal }) => {
      await answered(api.GET(address as "/api/v1/extractors", { signal, parseAs: "blob" }), AWAY);
      return true;
    },
    enabled,
    gcTime: 0,
    retry: false,
  });
}
