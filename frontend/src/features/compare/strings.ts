import type { Size } from "@/lib/crop";

/** English texts of the comparison page. */
export const strings = {
  title: "Compare",
  heading: "One query, several answers",
  query: "Compared for",
  picture: "The picture you gave",
  indexed: "An image of this collection",
  several: "The images that you marked",
  part: ({ width, height }: Size) => `a part of ${width} × ${height} pixels`,
  marked: (likes: number, dislikes: number) =>
    [likes > 0 ? `more of ${likes}` : "", dislikes > 0 ? `less of ${dislikes}` : ""]
      .filter((text) => text !== "")
      .join(", "),
  filtered: "only images that pass the search's labels and words",
  ignored: "The search's score limit and its collapsing of near-duplicates do not apply here.",
  back: "Back to the search",
  another: "Another picture",
  by: "Side by side",
  byMetrics: "All metrics",
  byExtractors: "All descriptors",
  metricOfAll: "Metric of all columns",
  ownDefault: "Each descriptor's own",
  ownDefaultMore: "Every descriptor is compared by the metric that suits it best.",
  k: "Images a column",
  leftOut: "Left out",
  leftOutOne: (label: string, reason: string) => `${label}: ${reason}`,
  limit: (columns: number) => `A comparison has at most ${columns} columns.`,
  tooFew: "There is only one column.",
  tooFewMore: "It takes two to compare. Choose the other kind of columns, or another descriptor.",
  board: "Rankings side by side",
  comparing: "Comparing…",
  took: (columns: number, ms: number) =>
    `${columns} rankings in ${ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`}`,
  column: (number: number, name: string) => `Column ${number}: ${name}`,
  nothingSimilar: "nothing is really similar",
  noHits: "No image is left.",
  onlyHere: "only here",
  score: "score",
  hitName: (path: string, labels: readonly string[]) => {
    const file = path.split("/").at(-1) ?? "";
    return labels.length > 0 ? `${labels.join(", ")} (${file})` : file;
  },
  rank: (column: string, rank: number) => `${column}: rank ${rank}`,
  beyond: (column: string, k: number) => `${column}: not among the first ${k}`,
  searchLabel: (column: string) => `Search with ${column}`,
  hint: "Point at an image, or press it, to follow it through all columns. Arrow keys walk over the columns.",
  chosen: "The image that is followed",
  compareThis: "Compare for it",
  why: "Why this image",
  letGo: "Let go",
  agreement: "Agreement",
  least: (a: string, b: string, common: string, tau: string) =>
    `${a} and ${b} agree least: ${common} in common, Kendall's tau ${tau}.`,
  allAgree: "All columns hold the same images in the same order.",
  common: (share: string) => `${share} of their images`,
  toFigures: "All figures",
  overlap: (k: number) => `Overlap at ${k}`,
  overlapMore: (k: number) => `The share of the first ${k} images that two columns have in common.`,
  kendall: "Kendall's tau",
  kendallMore:
    "Whether two columns order their images alike: 1 the same order, 0 unrelated, −1 the reverse; an image that one lacks stands below all that it holds.",
  leastMark: "The framed pair agrees least.",
  failedStale: "What is shown is the comparison before.",
  noQuery: "What should be compared?",
  noQueryMore:
    "The same query under several ideas of what “similar” means: see which images stay, and which move. Search with a picture and compare from there, or start from one of these images.",
  chooseQuery: "Choose a picture",
  startFrom: "Images of the collection",
  compareFor: (name: string) => `Compare for ${name}`,
  expired: "The server no longer has the picture.",
  expiredMore:
    "Pictures are kept for a while after each use. Choose it again on the search page; extractor and metric stay as they are.",
  imageGone: "The image that was searched with is no longer in this collection.",
  imageGoneMore: "Choose another one on the search page.",
  collectionGone: (name: string) => `The collection ${name} is not there any more.`,
  collectionGoneMore: "It may have been deleted or renamed. Choose another.",
  empty: (name: string) => `The collection ${name} holds no image yet.`,
  emptyMore: "Images can be added on the collections page.",
  toCollections: "To the collections",
} as const;
