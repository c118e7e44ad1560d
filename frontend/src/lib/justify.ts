import type { Size } from "./crop";

export interface PlacedRow {
  /** The index of its first picture. */
  readonly start: number;
  readonly height: number;
  readonly widths: readonly number[];
}

interface Wanted {
  /** Pixels that a row may be wide. */
  readonly width: number;
  /** Pixels that a row is high, give or take. */
  readonly rowHeight: number;
  readonly gap: number;
  /** Pixels that no picture is narrower than. */
  readonly narrowest: number;
}

/** Wider and narrower ones are cut at their edges, so that one panorama does not take a screen. */
const WIDEST_ASPECT = 2.6;
const TALLEST_ASPECT = 0.62;
const LOOSE = 1.25;

/**
 * Rows of pictures side by side in their own proportions, each as wide as the page: where every picture stands is known
 * before one of them is loaded, so nothing moves. The last row keeps about the wanted height; where more pictures are
 * to come, which may still join it and change it, it waits for them.
 */
export function justify(pictures: readonly Size[], wanted: Wanted, more = false): PlacedRow[] {
  const rows: PlacedRow[] = [];
  let start = 0;
  let aspects: number[] = [];
  pictures.forEach((picture) => {
    const aspect = aspectOf(picture, wanted);
    const before = heightOf(aspects, wanted);
    const after = heightOf([...aspects, aspect], wanted);
    if (
      aspects.length > 0 &&
      after < wanted.rowHeight &&
      before - wanted.rowHeight < wanted.rowHeight - after
    ) {
      rows.push(row(start, aspects, before, wanted));
      start += aspects.length;
      aspects = [];
    }
    aspects.push(aspect);
    const height = heightOf(aspects, wanted);
    if (height <= wanted.rowHeight) {
      rows.push(row(start, aspects, height, wanted));
      start += aspects.length;
      aspects = [];
    }
  });
  if (aspects.length > 0 && !(more && rows.length > 0)) {
    const height = Math.min(heightOf(aspects, wanted), wanted.rowHeight * LOOSE);
    rows.push(row(start, aspects, height, wanted));
  }
  return rows;
}

function aspectOf({ width, height }: Size, wanted: Wanted): number {
  const own = width > 0 && height > 0 ? width / height : 1;
  const least = Math.max(TALLEST_ASPECT, wanted.narrowest / wanted.rowHeight);
  return Math.min(WIDEST_ASPECT, Math.max(least, own));
}

function heightOf(aspects: readonly number[], { width, gap }: Wanted): number {
  const sum = aspects.reduce((total, one) => total + one, 0);
  return sum > 0 ? (width - gap * (aspects.length - 1)) / sum : Infinity;
}

function row(start: number, aspects: readonly number[], height: number, { width }: Wanted): PlacedRow {
  const widths = aspects.map((aspect) => Math.min(width, Math.floor(aspect * height)));
  return { start, height: Math.round(height), widths };
}
