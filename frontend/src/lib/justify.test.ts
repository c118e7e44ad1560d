import { expect, it } from "vitest";
import { gridTarget } from "./gridKeys";
import { justify } from "./justify";

const WANTED = { width: 1000, rowHeight: 200, gap: 10, narrowest: 100 };
const square = { width: 50, height: 50 };
const wide = { width: 300, height: 200 };

it("fills each row to its width, with every picture in its proportions", () => {
  const rows = justify([wide, wide, wide, wide, wide, wide], WANTED);
  for (const row of rows) {
    // three of 3:2 and two gaps: 3 · 1.5 · h + 20 = 1000
    expect(row.height).toBe(Math.round(980 / 4.5));
    expect(row.widths).toEqual([326, 326, 326]);
  }
  expect(rows.map(({ start }) => start)).toEqual([0, 3]);
});

it("keeps every picture, in order, once", () => {
  const pictures = Array.from({ length: 97 }, (_, n) => ({ width: 50 + ((n * 37) % 200), height: 100 }));
  const rows = justify(pictures, WANTED);
  expect(rows.flatMap(({ start, widths }) => widths.map((_, n) => start + n))).toEqual(
    pictures.map((_, n) => n),
  );
  for (const { widths } of rows) {
    expect(widths.reduce((sum, one) => sum + one + 10, -10)).toBeLessThanOrEqual(1000);
  }
});

it("leaves where it is what was placed before more came", () => {
  const pictures = Array.from({ length: 97 }, (_, n) => ({ width: 50 + ((n * 37) % 200), height: 100 }));
  const all = justify(pictures, WANTED);
  for (let count = 10; count < pictures.length; count += 1) {
    const rows = justify(pictures.slice(0, count), WANTED, true);
    expect(rows).toEqual(all.slice(0, rows.length));
  }
});

it("does not blow up a last row of few pictures", () => {
  const [row] = justify([square], WANTED);
  expect(row?.height).toBeLessThanOrEqual(250);
});

it("holds panoramas and images of unknown size within bounds", () => {
  const rows = justify(
    [
      { width: 10_000, height: 10 },
      { width: 0, height: 0 },
      { width: 1, height: 5000 },
    ],
    WANTED,
  );
  for (const width of rows.flatMap(({ widths }) => widths)) {
    expect(width).toBeGreaterThanOrEqual(99);
    expect(width).toBeLessThanOrEqual(1000);
  }
});

it("leads arrow keys to the picture above or below whose middle is nearest", () => {
  const rows = [
    { start: 0, height: 200, widths: [500, 490] },
    { start: 2, height: 200, widths: [240, 240, 250, 240] },
  ];
  expect(gridTarget("ArrowDown", 1, rows)).toBe(5);
  expect(gridTarget("ArrowUp", 4, rows)).toBe(1);
  expect(gridTarget("ArrowUp", 0, rows)).toBe(0);
  expect(gridTarget("ArrowRight", 5, rows)).toBe(5);
  expect(gridTarget("End", 0, rows)).toBe(5);
  expect(gridTarget("a", 0, rows)).toBeNull();
});
