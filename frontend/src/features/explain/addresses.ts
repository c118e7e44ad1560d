import { seeLink } from "@/lib/links";
import { EMPTY, writeState, type Query, type SearchState } from "@/lib/searchState";

/** What a descriptor sees in a picture from outside: its token, size and crop as the search page writes them. */
export function seePictureLink(
  { collection, extractor, crop }: SearchState,
  query: Query & { readonly kind: "picture" },
): string {
  return `/see/picture?${writeState({ ...EMPTY, collection, extractor, crop, query }).toString()}`;
}

/** A channel's feature maps of an image. */
export function mapsLink(state: SearchState, id: string, layer: string, channel: number): string {
  const place = seeLink({ ...state, crop: null }, id);
  return `${place}${place.includes("?") ? "&" : "?"}${new URLSearchParams({ layer, channel: String(channel) }).toString()}`;
}

/** The channel that an address asks for in a layer; null where it asks for none of this layer. */
export function channelAsked(url: URLSearchParams, layer: string, channels: number): number | null {
  const channel = Number(url.get("channel") ?? NaN);
  return url.get("layer") === layer && Number.isInteger(channel) && channel >= 0 && channel < channels
    ? channel
    : null;
}
