/** A region in pixels of the upright image. */
export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** As the API writes it; null for anything else. */
export function parseCrop(text: string | null): Crop | null {
  if (!text || !/^\d{1,6},\d{1,6},\d{1,6},\d{1,6}$/.test(text)) return null;
  const [x = 0, y = 0, width = 0, height = 0] = text.split(",").map(Number);
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

export function cropText({ x, y, width, height }: Crop): string {
  return `${x},${y},${width},${height}`;
}

/** Where the region is on a picture of any size, as CSS has it. */
export function placeOf(crop: Crop, size: Size) {
  return {
    left: `${(100 * crop.x) / size.width}%`,
    top: `${(100 * crop.y) / size.height}%`,
    width: `${(100 * crop.width) / size.width}%`,
    height: `${(100 * crop.height) / size.height}%`,
  };
}
