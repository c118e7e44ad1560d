import { cropText } from "./crop";
import { writeState, type SearchState } from "./searchState";

/** The search page with this state. */
export function searchLink(state: SearchState): string {
  return `/?${writeState(state).toString()}`;
}

/** The page that compares metrics and extractors for the same query. */
export function compareLink(state: SearchState): string {
  return `/compare?${writeState(state).toString()}`;
}

/** The page that explains why an image was found: the search's own parameters, and the `hit`. */
export function whyLink(state: SearchState, hit: string): string {
  const url = writeState(state);
  url.set("hit", hit);
  return `/why?${url.toString()}`;
}

/** What a descriptor sees in an image of a collection. */
export function seeLink(state: Pick<SearchState, "collection" | "extractor" | "crop">, id: string): string {
  const url = new URLSearchParams();
  if (state.extractor) url.set("extractor", state.extractor);
  if (state.crop) url.set("crop", cropText(state.crop));
  const place = `/see/${encodeURIComponent(state.collection)}/${id}`;
  return url.size > 0 ? `${place}?${url.toString()}` : place;
}

/** Where a picture of an image of a collection is. */
export function thumbnailOf(collection: string, id: string, size: 160 | 320 | 640 = 320): string {
  return `/api/v1/collections/${encodeURIComponent(collection)}/images/${id}/thumbnail?size=${size}`;
}

export function displayOf(collection: string, id: string): string {
  return `/api/v1/collections/${encodeURIComponent(collection)}/images/${id}/display`;
}
