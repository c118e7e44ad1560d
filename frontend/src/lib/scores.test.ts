import { expect, it } from "vitest";
import { formatBytes, formatScore, formatShare } from "./scores";

it.each([
  [0.99984, "0.9998"],
  [0, "0"],
  [12.3456, "12.35"],
  [1234.56, "1235"],
  [-0.5, "−0.5000"],
  [0.00001234, "1.23e-5"],
  [Infinity, "∞"],
  [NaN, "–"],
])("shows the score %d as %s", (score, text) => {
  expect(formatScore(score)).toBe(text);
});

it.each([
  [0.9941, "99.4 %"],
  [0.99996, "> 99.9 %"],
  [1, "100 %"],
  [0.0001, "< 0.1 %"],
  [0, "0 %"],
])("shows the share %d as %s: only a whole one is 100 %%", (share, text) => {
  expect(formatShare(share)).toBe(text);
});

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [35_000, "35 kB"],
  [2_500_000, "2.5 MB"],
])("shows %d bytes as %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
