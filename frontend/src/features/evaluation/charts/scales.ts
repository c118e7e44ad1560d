/** Places values between two ends, evenly. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From 0 to the first tick over ``most``. */
export function upTo(most: number, from: number, to: number): Scale {
  const step = niceStep(most);
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  const top = count * step;
  return {
    at: (value) => from + (value / top) * (to - from),
    ticks: Array.from({ length: count + 1 }, (_, place) => place * step),
  };
}

/** A step by which some five ticks lead to ``most``. */
function niceStep(most: number): number {
  if (!(most > 0)) return 1;
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((one) => one * power >= rough) ?? 10;
  return factor * power;
}

/** By powers of ten, over all of ``values``, which are positive. */
export function logarithmic(values: readonly number[], from: number, to: number): Scale {
  const logs = values.map(logOf);
  const lowest = Math.min(...logs);
  const highest = Math.max(...logs);
  const room = Math.max(0.3, 0.08 * (highest - lowest));
  const low = lowest - room;
  const high = highest + room;
  const place = (log: number) => from + ((log - low) / (high - low)) * (to - from);
  return { at: (value) => place(logOf(value)), ticks: logTicks(low, high) };
}

const SMALLEST = 1e-6;

function logOf(value: number): number {
  return Math.log10(Math.max(value, SMALLEST));
}

/** Powers of ten, with their twofold and fivefold where there are few of them. */
function logTicks(low: number, high: number): number[] {
  const powers = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, n) => Math.floor(low) + n);
  const within = (factors: readonly number[]) =>
    powers
      .flatMap((power) => factors.map((factor) => factor * 10 ** power))
      .filter((value) => logOf(value) >= low && logOf(value) <= high);
  const tens = within([1]);
  return tens.length >= 3 ? tens : within([1, 2, 5]);
}
