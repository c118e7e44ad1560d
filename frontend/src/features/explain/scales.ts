/** How high a share stands in a chart, from 0 to 1. */
export type Scale = "linear" | "log";

/** Shares below this stand on the ground line of a logarithmic chart. */
export const FLOOR = 1e-4;

export function heightOf(share: number, scale: Scale, highest: number): number {
  if (scale === "linear") return highest > 0 ? share / highest : 0;
  return share <= FLOOR ? 0 : 1 - Math.log10(Math.min(share, 1)) / Math.log10(FLOOR);
}

/** Where a chart has lines, as shares. */
export function ticksOf(scale: Scale, highest: number): readonly number[] {
  return scale === "linear" ? [highest / 2, highest] : [0.001, 0.01, 0.1, 1];
}

/** The upper end of a linear chart: the next tenth above the largest share. */
export function niceEnd(largest: number): number {
  return Math.max(0.1, Math.ceil(largest * 10 - 1e-9) / 10);
}
