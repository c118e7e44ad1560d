import { describe, expect, it } from "vitest";
import { EMPTY, examplesOf, readState, writeState, type SearchState } from "./searchState";

const ID = "a".repeat(64);
const OTHER = "b".repeat(64);

const FULL: SearchState = {
  collection: "my photos",
  extractor: "hist-basic",
  metric: "chi2",
  query: { kind: "picture", token: "T-0_k", width: 4000, height: 3000 },
  crop: { x: 1, y: 2, width: 30, height: 40 },
  likes: [ID],
  dislikes: [OTHER],
  labels: ["sea & sand", "a,b"],
  text: "blue sky",
  threshold: -0.25,
  excludeSelf: true,
  collapse: true,
  centred: true,
  keywords: "cat",
  seed: 7,
};

describe("the search in a URL", () => {
  it.each([
    ["everything", FULL],
    ["an indexed image", { ...EMPTY, query: { kind: "image", id: ID } } satisfies SearchState],
    ["a threshold of zero", { ...EMPTY, threshold: 0 }],
    ["nothing", EMPTY],
  ])("comes back as it went in: %s", (_, state) => {
    expect(readState(new URLSearchParams(writeState(state).toString()))).toEqual(state);
  });

  it("is short: what is as by default is left out", () => {
    expect(writeState(EMPTY).toString()).toBe("");
  });

  it("takes what it does not understand for not there", () => {
    const url = new URLSearchParams("image=../../etc&crop=1,2&like=x&threshold=abc&seed=");
    expect(readState(url)).toEqual(EMPTY);
  });
});

describe("what to search with", () => {
  it("is one query as long as nothing is marked", () => {
    const state = { ...FULL, likes: [], dislikes: [] };
    expect(examplesOf(state)).toEqual({
      image_id: null,
      query: "T-0_k",
      crop: "1,2,30,40",
      positive: [],
      negative: [],
    });
  });

  it("is lists, the query first and with its crop, as soon as something is", () => {
    expect(examplesOf(FULL)).toEqual({
      image_id: null,
      query: null,
      crop: null,
      positive: [
        { query: "T-0_k", crop: "1,2,30,40" },
        { id: ID, crop: null },
      ],
      negative: [{ id: OTHER, crop: null }],
    });
  });

  it("can be marked images alone", () => {
    expect(examplesOf({ ...EMPTY, likes: [ID] }).positive).toEqual([{ id: ID, crop: null }]);
  });
});
