import type { Part } from "./api";
import { strings } from "./strings";

/** What a dimension, or several together, are, in words. */
export function partName({ region, colour, layer, channel, level, dim }: Part): string {
  if (colour) {
    const name = strings.colourName(colour);
    return region ? strings.regionIs(strings.regionName(region), name) : name;
  }
  if (region) return strings.regionName(region);
  if (layer) {
    const words = [
      layer,
      channel === null ? "" : strings.channelName(channel),
      level === null ? "" : (strings.levels[level] ?? ""),
    ];
    return words.filter((word) => word !== "").join(", ");
  }
  return dim === null ? "" : strings.dimensionName(dim);
}

/** What distinguishes a part from others of its list. */
export function partKey({ dim, region, colour, layer, channel }: Part): string {
  return [dim, region, colour?.number, layer, channel].join(" ");
}
