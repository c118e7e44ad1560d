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
