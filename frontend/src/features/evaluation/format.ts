import { strings } from "./strings";

const SMALLEST_P = 0.001;
const DATE = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const COUNT = new Intl.NumberFormat("en");
const MINUS = "−";

/** A mean, a difference or a limit of either. */
export function formatMean(value: number): string {
  if (!Number.isFinite(value)) return strings.none;
  const text = Math.abs(value).toFixed(3);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

export function formatInterval([low = NaN, high = NaN]: readonly number[]): string {
  return `[${formatMean(low)}, ${formatMean(high)}]`;
}

export function formatP(p: number): string {
  return p < SMALLEST_P ? `p < ${SMALLEST_P}` : `p = ${p.toFixed(3)}`;
}

/** A difference with its sign, always. */
export function formatDifference(value: number): string {
  return value > 0 && Number(value.toFixed(3)) !== 0 ? `+${formatMean(value)}` : formatMean(value);
}

export function formatDate(iso: string): string {
  return DATE.format(new Date(iso));
}

export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** A span of milliseconds with two or three digits. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toPrecision(3)} s`;
  return `${ms >= 100 ? ms.toFixed(0) : ms.toPrecision(2)} ms`;
}

/** The last part of a path. */
export function fileOf(path: string): string {
  return path.split("/").at(-1) ?? path;
}
