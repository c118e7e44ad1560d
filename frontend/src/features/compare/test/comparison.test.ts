import { describe, expect, it } from "vitest";
import { EMPTY } from "@/lib/searchState";
import { formatOverlap, formatTau, leastOf, matrixOf } from "../agreement";
import { readComparison, writeComparison, type CompareState } from "../compareState";
import { planOf } from "../plan";
import { linksAfter, ranksOf } from "../ranks";
import { collection, id } from "./fixtures";

const START: CompareState = { search: EMPTY, by: "metrics", common: "", k: 10 };

describe("the comparison in a URL", () => {
  it.each([
    ["nothing", START],
    [
      "everything",
      {
        search: {
          ...EMPTY,
          collection: "demo",
          extractor: "hist-basic",
          query: { kind: "picture", token: "T-0_k", width: 400, height: 300 },
          crop: { x: 1, y: 2, width: 30, height: 40 },
          likes: [id(1)],
          labels: ["a b", "c"],
          excludeSelf: true,
        },
        by: "extractors",
        common: "kl",
        k: 50,
      } satisfies CompareState,
    ],
  ])("comes back as it went in: %s", (_, state) => {
    expect(readComparison(new URLSearchParams(writeComparison(state).toString()))).toEqual(state);
  });

  it("leaves out what is as by default, and takes unknown values for not there", () => {
    expect(writeComparison(START).toString()).toBe("");
    expect(readComparison(new URLSearchParams("by=colour&k=11"))).toEqual(START);
  });
});

describe("ranks", () => {
  const column = (...images: number[]) => ({
    hits: images.map((image, at) => ({ id: String(image), rank: at + 1 })),
  });
  const ranks = ranksOf([column(3, 1), column(1, 3), column(1, 2)] as never);

  it("tell for every image its place in each column", () => {
    expect(Object.fromEntries(ranks)).toEqual({
      "1": [2, 1, 1],
      "2": [null, null, 2],
      "3": [1, 2, null],
    });
  });

  it("become lines between neighbours, and ends where only one has the image", () => {
    expect(linksAfter(0, ranks)).toEqual([
      { kind: "line", id: "3", from: 1, to: 2 },
      { kind: "line", id: "1", from: 2, to: 1 },
    ]);
    expect(linksAfter(1, ranks)).toEqual([
      { kind: "leaves", id: "3", from: 2 },
      { kind: "line", id: "1", from: 1, to: 1 },
      { kind: "comes", id: "2", to: 2 },
    ]);
  });
});

describe("agreement", () => {
  const pairs = [
    { columns: [0, 1], overlap: 0.5, kendall: 0.2 },
    { columns: [0, 2], overlap: 0.25, kendall: -0.004 },
    { columns: [1, 2], overlap: 0.125, kendall: -0.004 },
  ];

  it("is the same from either side, and nothing on the diagonal", () => {
    expect(matrixOf(3, pairs, "overlap")).toEqual([
      [null, 0.5, 0.25],
      [0.5, null, 0.125],
      [0.25, 0.125, null],
    ]);
  });

  it("is least where the order is, and of equals where fewer images are shared", () => {
    expect(leastOf(pairs)?.columns).toEqual([1, 2]);
    expect(leastOf([])).toBeNull();
  });

  it("is written without a minus for nothing", () => {
    expect([-0.004, -0.5, 1].map(formatTau)).toEqual(["0.00", "−0.50", "1.00"]);
    expect(formatOverlap(2 / 3)).toBe("67 %");
  });
});

it("compares no more than twelve at once, and says so of the rest", () => {
  const metrics = Array.from({ length: 14 }, (_, n) => ({
    name: `m${n}`,
    title: `Metric ${n}`,
    summary: "",
    formula: "",
    larger_is_better: false,
    needs_non_negative: false,
    evaluation_only: false,
  }));
  const state = { ...START, search: { ...EMPTY, extractor: "hist-basic" } };
  const plan = planOf(state, { collection: collection("demo"), known: [], metrics });
  expect(plan.pairs.map(({ metric }) => metric)).toEqual(metrics.slice(0, 12).map(({ name }) => name));
  expect(plan.leftOut).toEqual([
    { label: "Metric 12", reason: "A comparison has at most 12 columns." },
    { label: "Metric 13", reason: "A comparison has at most 12 columns." },
  ]);
});
