/** How many maps stand in a row of a montage: ⌈√N⌉, as the server lays them out. */
export function columnsOf(count: number): number {
  return Math.ceil(Math.sqrt(count));
}

/** Which of the maps is at a place of the montage, given as shares of its width and height; null beside them. */
export function mapAt(x: number, y: number, count: number): number | null {
  const columns = columnsOf(count);
  const rows = Math.ceil(count / columns);
  if (x < 0 || y < 0 || x >= 1 || y >= 1) return null;
  const place = Math.floor(y * rows) * columns + Math.floor(x * columns);
  return place < count ? place : null;
}

/** The cell of a map in a montage, as an element's place over it. */
export function cellOf(place: number, columns: number, rows: number) {
  return {
    left: `${(100 * (place % columns)) / columns}%`,
    top: `${(100 * Math.floor(place / columns)) / rows}%`,
    width: `${100 / columns}%`,
    height: `${100 / rows}%`,
  };
}

interface Cell {
  readonly chosen: number;
  readonly count: number;
  /** Of a map, in its pixels. */
  readonly width: number;
  readonly height: number;
}

const GAP = 1;

/** The place of a montage in a frame that shows one of its maps: it is as much larger as the map is a part of it. */
export function partOfMontage({ chosen, count, width, height }: Cell) {
  const columns = columnsOf(count);
  const rows = Math.ceil(count / columns);
  return {
    width: `${(100 * (columns * (width + GAP) - GAP)) / width}%`,
    height: `${(100 * (rows * (height + GAP) - GAP)) / height}%`,
    left: `${(-100 * (chosen % columns) * (width + GAP)) / width}%`,
    top: `${(-100 * Math.floor(chosen / columns) * (height + GAP)) / height}%`,
  };
}
