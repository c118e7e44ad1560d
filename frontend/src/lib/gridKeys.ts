import type { PlacedRow } from "./justify";

/** Where an arrow key leads in rows of pictures from the picture at `index`; null for other keys. */
export function gridTarget(key: string, index: number, rows: readonly PlacedRow[]): number | null {
  const last = rows.at(-1);
  if (!last) return null;
  const end = last.start + last.widths.length - 1;
  switch (key) {
    case "ArrowRight":
      return Math.min(end, index + 1);
    case "ArrowLeft":
      return Math.max(0, index - 1);
    case "Home":
      return 0;
    case "End":
      return end;
    case "ArrowDown":
      return beside(index, rows, 1);
    case "ArrowUp":
      return beside(index, rows, -1);
    default:
      return null;
  }
}

/** The picture above or below whose middle is nearest to this one's middle. */
function beside(index: number, rows: readonly PlacedRow[], step: 1 | -1): number {
  const at = rows.findIndex((row) => index < row.start + row.widths.length);
  const here = rows[at];
  const there = rows[at + step];
  if (!here || !there) return index;
  const middle = middles(here)[index - here.start] ?? 0;
  let best = 0;
  const others = middles(there);
  others.forEach((other, place) => {
    if (Math.abs(other - middle) < Math.abs((others[best] ?? 0) - middle)) best = place;
  });
  return there.start + best;
}

function middles(row: PlacedRow): number[] {
  let left = 0;
  return row.widths.map((width) => {
    const middle = left + width / 2;
    left += width;
    return middle;
  });
}
