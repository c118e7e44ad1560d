import { describe, expect, it } from "vitest";
import { byCategory, sorted } from "../categories";
import { logarithmic, upTo } from "../charts/scales";
import { stylesOf } from "../charts/style";
import { formatDifference, formatMean, formatMs, formatP } from "../format";
import { readReportState, writeReportState } from "../reportState";
import { bestByExtractor, bests, frontier, verdicts } from "../results";
import { settle } from "../settle";
import { CONV_COSINE, HIST_CHI2, HIST_COSINE, REPORT, result } from "./fixtures";

const all = REPORT.results;

describe("what is best", () => {
  it("is marked in its column, its row and of all, by the measure that is chosen", () => {
    const marks = bests(all, "AP@100");
    expect(marks.get(HIST_CHI2.key)).toEqual({ column: true, row: false, all: false });
    expect(marks.get(HIST_COSINE.key)).toEqual({ column: false, row: false, all: false });
    expect(marks.get(CONV_COSINE.key)).toEqual({ column: false, row: true, all: true });
    // P@1 is the reverse of AP@100 here
    expect(bests(all, "P@1").get(HIST_COSINE.key)).toEqual({ column: true, row: true, all: true });
  });

  it("is marked wherever it is equal", () => {
    const equal = [result("a", "chi2", 0.5), result("b", "chi2", 0.5)];
    expect([...bests(equal, "AP@100").values()].map(({ row }) => row)).toEqual([true, true]);
  });

  it("of each extractor is its best metric", () => {
    expect(bestByExtractor(all, "AP@100")).toEqual([HIST_CHI2, CONV_COSINE]);
  });
});

describe("the frontier", () => {
  it("holds what none beats in both quality and cost, cheapest first", () => {
    const worse = result("slow", "chi2", 0.45, { ms_per_query: 3 });
    const found = frontier([...all, worse], "AP@100", (one) => one.ms_per_query);
    expect(found).toEqual([HIST_COSINE, HIST_CHI2, CONV_COSINE]);
  });

  it("holds the better of two that cost the same", () => {
    const same = result("same", "chi2", 0.6, { ms_per_query: 2 });
    expect(frontier([HIST_CHI2, same], "AP@100", (one) => one.ms_per_query)).toEqual([same]);
  });
});

describe("comparisons", () => {
  it("name the better side first, closest ones before others, with sign and interval turned", () => {
    const [closest, other] = verdicts(REPORT, "AP@100");
    expect(closest).toMatchObject({ better: "hist-basic · chi2", by: 0.1, significant: false });
    expect(other).toMatchObject({
      better: "cnn-conv · cosine",
      worse: "hist-basic · chi2",
      by: 0.25,
      low: 0.2,
      high: 0.3,
      ahead: 7,
      behind: 2,
    });
  });

  it("are those by the measure alone", () => {
    expect(verdicts(REPORT, "P@1")).toEqual([]);
  });
});

describe("categories", () => {
  it("have the means of each column and the best of them", () => {
    const rows = byCategory([HIST_CHI2, CONV_COSINE], "AP@100");
    expect(rows.map(({ label, best }) => [label, best])).toEqual([
      ["cat", 0.75],
      ["dog", 0.5],
    ]);
  });

  it("are sorted by any column, both ways", () => {
    const rows = byCategory([HIST_CHI2, CONV_COSINE], "AP@100");
    const by = (key: string, down: boolean) => sorted(rows, { by: key, down }).map(({ label }) => label);
    expect(by("label", true)).toEqual(["dog", "cat"]);
    expect(by("queries", false)).toEqual(["dog", "cat"]);
    expect(by(CONV_COSINE.key, true)).toEqual(["cat", "dog"]);
    expect(by(CONV_COSINE.key, false)).toEqual(["dog", "cat"]);
  });
});

describe("scales", () => {
  it("reach from 0 over the largest value in even steps", () => {
    const { at, ticks } = upTo(0.72, 100, 0);
    expect(ticks.map((tick) => tick.toFixed(1))).toEqual(["0.0", "0.2", "0.4", "0.6", "0.8"]);
    expect(at(0)).toBe(100);
    expect(at(0.8)).toBeCloseTo(0);
  });

  it("of costs go by powers of ten", () => {
    const { at, ticks } = logarithmic([1, 1000], 0, 300);
    expect(ticks.map((tick) => Math.round(tick))).toEqual([1, 10, 100, 1000]);
    expect(at(100) - at(10)).toBeCloseTo(at(10) - at(1));
  });

  it("hold where all values are the same or none", () => {
    expect(Number.isFinite(upTo(0, 100, 0).at(0))).toBe(true);
    expect(Number.isFinite(logarithmic([5, 5], 0, 300).at(5))).toBe(true);
    expect(Number.isFinite(logarithmic([0], 0, 300).at(0))).toBe(true);
  });
});

describe("curves", () => {
  it("of one extractor have one colour and different dashes, those of one metric the same dash", () => {
    const styles = stylesOf(all);
    const [chi2, cosine, conv] = [HIST_CHI2, HIST_COSINE, CONV_COSINE].map(({ key }) => styles.get(key));
    expect(chi2?.colour).toBe(cosine?.colour);
    expect(chi2?.colour).not.toBe(conv?.colour);
    expect(chi2?.dash).not.toBe(cosine?.dash);
    expect(cosine?.dash).toBe(conv?.dash);
  });
});

describe("the address", () => {
  it("holds the state, and nothing that is as usual", () => {
    const text =
      "view=queries&measure=P%401&cell=a%2Fchi2%2Fexact&against=b%2Fchi2%2Fexact&order=ahead&label=cat&query=q1" +
      "&plot=recall&drawn=a%2Fchi2%2Fexact&cost=size";
    expect(writeReportState(readReportState(new URLSearchParams(text))).toString()).toBe(text);
    expect(writeReportState(readReportState(new URLSearchParams())).toString()).toBe("");
  });

  it("counts as empty where it makes no sense", () => {
    const state = readReportState(new URLSearchParams("view=x&order=ahead&plot=y&cost=z"));
    expect(state).toMatchObject({ view: "results", order: "worst", plot: "precision", cost: "time" });
  });

  it("that names what the report does not have falls back on the best", () => {
    const state = readReportState(
      new URLSearchParams("measure=AP@7&cell=no&against=no&order=behind&drawn=no"),
    );
    expect(settle(state, REPORT)).toMatchObject({
      measure: "AP@100",
      cell: CONV_COSINE.key,
      against: "",
      order: "worst",
      drawn: [HIST_CHI2.key, CONV_COSINE.key],
    });
  });
});

describe("figures", () => {
  it("never hide a sign or a size", () => {
    expect(formatMean(-0.25)).toBe("−0.250");
    expect(formatMean(-0.0001)).toBe("0.000");
    expect(formatMean(NaN)).toBe("–");
    expect(formatDifference(0.1)).toBe("+0.100");
    expect(formatDifference(-0.1)).toBe("−0.100");
    expect(formatDifference(0)).toBe("0.000");
    expect(formatP(0.0002)).toBe("p < 0.001");
    expect(formatP(0.2)).toBe("p = 0.200");
    expect(formatMs(0.034)).toBe("0.034 ms");
    expect(formatMs(1234)).toBe("1.23 s");
  });
});
