import { expect, it } from "vitest";
import { between, LEAST_SIDE, middle, moved } from "./cropping";

const SIZE = { width: 400, height: 300 };
const CROP = { x: 100, y: 50, width: 200, height: 100 };

it("moves the frame and stops at the edges", () => {
  expect(moved(CROP, "frame", 30, -20, SIZE)).toEqual({ ...CROP, x: 130, y: 30 });
  expect(moved(CROP, "frame", 1000, -1000, SIZE)).toEqual({ ...CROP, x: 200, y: 0 });
});

it("moves a corner and leaves the opposite one", () => {
  expect(moved(CROP, "nw", 20, 10, SIZE)).toEqual({ x: 120, y: 60, width: 180, height: 90 });
  expect(moved(CROP, "se", 1000, 1000, SIZE)).toEqual({ x: 100, y: 50, width: 300, height: 250 });
});

it("never makes the frame too small to describe", () => {
  expect(moved(CROP, "nw", 1000, 1000, SIZE)).toEqual({
    x: 284,
    y: 134,
    width: LEAST_SIDE,
    height: LEAST_SIDE,
  });
});

it("draws between two points in any order, inside the picture", () => {
  expect(between({ x: 300, y: 200 }, { x: 100, y: -50 }, SIZE)).toEqual({
    x: 100,
    y: 0,
    width: 200,
    height: 200,
  });
});

it("fits into a picture that is smaller than the least frame", () => {
  const tiny = { width: 8, height: 5 };
  const crop = moved(middle(tiny), "se", 100, 100, tiny);
  expect(crop.x + crop.width).toBeLessThanOrEqual(8);
  expect(crop.y + crop.height).toBeLessThanOrEqual(5);
});
