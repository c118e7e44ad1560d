import type { Crop, Size } from "./crop";

export type Corner = "nw" | "ne" | "sw" | "se";
export type Grip = Corner | "frame";

/** Fewer pixels than this describe nothing. */
export const LEAST_SIDE = 16;

/** The frame after a grip of it was moved by so many pixels, kept inside the picture and never too small. */
export function moved(crop: Crop, grip: Grip, dx: number, dy: number, size: Size): Crop {
  if (grip === "frame") {
    return {
      ...crop,
      x: clamp(Math.round(crop.x + dx), 0, size.width - crop.width),
      y: clamp(Math.round(crop.y + dy), 0, size.height - crop.height),
    };
  }
  const [x, width] = side(crop.x, crop.width, dx, grip.endsWith("w"), size.width);
  const [y, height] = side(crop.y, crop.height, dy, grip.startsWith("n"), size.height);
  return { x, y, width, height };
}

/** One side's start and length after its start, or its end, was moved. */
function side(
  start: number,
  length: number,
  by: number,
  movesStart: boolean,
  room: number,
): [number, number] {
  const least = Math.min(LEAST_SIDE, room);
  const end = start + length;
  if (movesStart) {
    const next = clamp(Math.round(start + by), 0, end - least);
    return [next, end - next];
  }
  return [start, clamp(Math.round(end + by), start + least, room) - start];
}

/** The frame between two points, in any order. */
export function between(a: Point, b: Point, size: Size): Crop {
  const left = clamp(Math.round(Math.min(a.x, b.x)), 0, size.width - 1);
  const top = clamp(Math.round(Math.min(a.y, b.y)), 0, size.height - 1);
  const right = clamp(Math.round(Math.max(a.x, b.x)), 0, size.width);
  const bottom = clamp(Math.round(Math.max(a.y, b.y)), 0, size.height);
  return moved(
    { x: left, y: top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) },
    "se",
    0,
    0,
    size,
  );
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The middle half of a picture, to begin with. */
export function middle({ width, height }: Size): Crop {
  return {
    x: Math.round(width / 4),
    y: Math.round(height / 4),
    width: Math.max(1, Math.round(width / 2)),
    height: Math.max(1, Math.round(height / 2)),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(Math.min(least, most), Math.min(Math.max(most, 0), value));
}
