import type { CollectionSummary } from "./api";
import { collectionStrings } from "./strings";

export interface Health {
  readonly label: string;
  readonly colour: string;
}

const strings = collectionStrings.health;

/** What a list says of a collection without reading all of it: the worst first. */
export function healthOf({ problem, images, extractors }: CollectionSummary): Health {
  if (problem || images === null) return { label: strings.damaged, colour: "red" };
  const missing = extractors.reduce((sum, one) => sum + one.missing, 0);
  if (missing > 0) return { label: strings.filling(missing), colour: "yellow" };
  if (extractors.some(({ usable }) => !usable)) return { label: strings.limited, colour: "yellow" };
  if (images === 0) return { label: strings.empty, colour: "gray" };
  return { label: strings.good, colour: "teal" };
}
