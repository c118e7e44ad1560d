import { expect, it } from "vitest";
import { heightOf, niceEnd } from "../scales";
import { columnsOf, mapAt, partOfMontage } from "../montage";

it.each([
  [1, 1],
  [16, 4],
  [17, 5],
  [512, 23],
])("lays %d maps out with %d in a row", (count, columns) => {
  expect(columnsOf(count)).toBe(columns);
});

it.each([
  [0.1, 0.1, 0],
  [0.99, 0.1, 2],
  [0.1, 0.99, 6],
  [0.5, 0.99, 7],
  [0.99, 0.99, null],
  [1.2, 0.5, null],
])("finds at (%d, %d) of eight maps in three columns the map %s", (x, y, place) => {
  expect(mapAt(x, y, 8)).toBe(place);
});

it("cuts a map out of a sheet whose maps have one pixel between them", () => {
  // four maps of 14 x 14: the sheet is 29 pixels wide, the last map begins at 15
  expect(partOfMontage({ chosen: 3, count: 4, width: 14, height: 14 })).toEqual({
    width: `${2900 / 14}%`,
    height: `${2900 / 14}%`,
    left: `${-1500 / 14}%`,
    top: `${-1500 / 14}%`,
  });
});

it.each([
  [1, 1],
  [0.01, 0.5],
  [0.0001, 0],
  [0.00001, 0],
  [0, 0],
])("puts the share %d at %d of a logarithmic chart of four tenfold steps", (share, height) => {
  expect(heightOf(share, "log", 1)).toBeCloseTo(height);
});

it.each([
  [0, 0.1],
  [0.3, 0.3],
  [0.31, 0.4],
  [1, 1],
])("ends a linear chart of at most %d at %d", (largest, end) => {
  expect(niceEnd(largest)).toBeCloseTo(end);
});
