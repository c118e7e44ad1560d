const DIGITS = 4;
const PERMILLE = 1000;

/** A native score with four digits, and never in a way that hides its sign or its size. */
export function formatScore(score: number): string {
  if (!Number.isFinite(score)) return score > 0 ? "∞" : score < 0 ? "−∞" : "–";
  const size = Math.abs(score);
  const text = size !== 0 && (size < 0.0001 || size >= 100_000) ? size.toExponential(2) : fixed(size);
  return score < 0 ? `−${text}` : text;
}

function fixed(size: number): string {
  if (size === 0) return "0";
  const whole = Math.max(0, Math.floor(Math.log10(size)) + 1);
  return size.toFixed(Math.max(0, DIGITS - whole));
}

/** A share as a percentage with one decimal, rounded so that only a whole share reads 100 % and only none reads 0 %. */
export function formatShare(share: number): string {
  const permille = Math.round(share * PERMILLE);
  if (share < 1 && permille >= PERMILLE) return "> 99.9 %";
  if (share > 0 && permille <= 0) return "< 0.1 %";
  return `${(permille / 10).toFixed(permille % PERMILLE === 0 ? 0 : 1)} %`;
}

/** A number of bytes as people say it. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${value.toFixed(step > 0 && value < 10 ? 1 : 0)} ${units[step] ?? ""}`;
}
