import type { Part } from "./api";
import { strings } from "./strings";

/** What a dimension, or several together, are, in words. */
export function partName(part: Part): string {
  const { region, colour, layer, channel, level, dim } = part;
  const words = [
    colour ? strings.colourName(colour) : "",
    region ? strings.regionName(region) : "",
    layer ?? "",
    channel === null ? "" : strings.channelName(channel),
    level === null ? "" : (strings.levels[level] ?? ""),
  ].filter((word) => word !== "");
  if (words.length > 0) return words.join(", ");
  return dim === null ? "" : strings.dimensionName(dim);
}

/** What distinguishes a part from others of its list. */
export function partKey({ dim, region, colour, layer, channel }: Part): string {
  return [dim, region, colour?.number, layer, channel].join(" ");
}
