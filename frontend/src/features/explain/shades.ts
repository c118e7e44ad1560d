export const SHADES = 48;

type Rgb = readonly [number, number, number];

/** From almost black to a light yellow, of steadily growing lightness, so that it reads without its colours. */
const STOPS: readonly Rgb[] = [
  [16, 12, 40],
  [70, 24, 110],
  [155, 40, 110],
  [222, 95, 60],
  [248, 180, 60],
  [252, 250, 190],
];

/** The colour of a value between the lowest and the highest. */
export function shadeOf(value: number, low: number, high: number): string {
  const share = high > low ? Math.max(0, Math.min(1, (value - low) / (high - low))) : 0;
  const place = share * (STOPS.length - 1);
  const from = Math.min(STOPS.length - 2, Math.floor(place));
  const [start, end] = [STOPS[from], STOPS[from + 1]];
  if (!start || !end) return "black";
  const mixed = start.map((one, part) => Math.round(one + ((end[part] ?? one) - one) * (place - from)));
  return `rgb(${mixed.join(" ")})`;
}
