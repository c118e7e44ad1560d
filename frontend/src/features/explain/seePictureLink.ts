import { EMPTY, writeState, type Query, type SearchState } from "@/lib/searchState";

/** What a descriptor sees in a picture from outside: its token, size and crop as the search page writes them. */
export function seePictureLink(
  { collection, extractor, crop }: SearchState,
  query: Query & { readonly kind: "picture" },
): string {
  return `/see/picture?${writeState({ ...EMPTY, collection, extractor, crop, query }).toString()}`;
}
