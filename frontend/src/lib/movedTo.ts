import type { SearchState } from "./searchState";

/** A picture that was sent goes along to another collection; images, marks and labels belong to the old one. */
export function movedTo(collection: string, { query, crop }: SearchState): Partial<SearchState> {
  const stays = query.kind === "picture";
  return {
    collection,
    extractor: "",
    metric: "",
    query: stays ? query : { kind: "none" },
    crop: stays ? crop : null,
    likes: [],
    dislikes: [],
    labels: [],
    threshold: null,
    seed: null,
  };
}
