import type { Schemas } from "./api";
import type { SearchState } from "./searchState";

type Collection = Schemas["CollectionSummary"];

/** The collection that was asked for, or the first that holds images. */
export function collectionOf(name: string, collections: readonly Collection[]): Collection | undefined {
  if (name) return collections.find((one) => one.name === name);
  return collections.find(({ images }) => (images ?? 0) > 0) ?? collections[0];
}

/** The state with names in the place of defaults. */
export function settled(asked: SearchState, collection: Collection): SearchState {
  const extractor = asked.extractor || (collection.default_extractor ?? "");
  const own = collection.extractors.find(({ name }) => name === extractor);
  return {
    ...asked,
    collection: collection.name,
    extractor,
    metric: asked.metric || (own?.default_metric ?? ""),
  };
}
