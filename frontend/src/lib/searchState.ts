import { cropText, parseCrop, type Crop } from "./crop";

/** What is searched with: nothing yet, a picture that was sent (by its token), or an image of the collection. */
export type Query =
  | { readonly kind: "none" }
  | { readonly kind: "picture"; readonly token: string; readonly width: number; readonly height: number }
  | { readonly kind: "image"; readonly id: string };

/** All that decides what the search page shows; it lives in the URL, so that a link shows the same. */
export interface SearchState {
  /** Empty for the server's first. */
  readonly collection: string;
  /** Empty for the collection's default. */
  readonly extractor: string;
  /** Empty for the extractor's default. */
  readonly metric: string;
  readonly query: Query;
  readonly crop: Crop | null;
  readonly likes: readonly string[];
  readonly dislikes: readonly string[];
  readonly labels: readonly string[];
  readonly text: string;
  readonly threshold: number | null;
  readonly excludeSelf: boolean;
  readonly collapse: boolean;
  /** Less of what all images of the collection share. */
  readonly centred: boolean;
  /** Words to find images by, to start from. */
  readonly keywords: string;
  /** Of the random images to start from. */
  readonly seed: number | null;
}

export const EMPTY: SearchState = {
  collection: "",
  extractor: "",
  metric: "",
  query: { kind: "none" },
  crop: null,
  likes: [],
  dislikes: [],
  labels: [],
  text: "",
  threshold: null,
  excludeSelf: false,
  collapse: false,
  centred: false,
  keywords: "",
  seed: null,
};

const ID = /^[0-9a-f]{64}$/;
const TOKEN = /^[A-Za-z0-9_-]{1,200}$/;

/** The state that a URL holds. What is not understood in it counts as not there. */
export function readState(url: URLSearchParams): SearchState {
  const query = readQuery(url);
  return {
    collection: url.get("collection") ?? "",
    extractor: url.get("extractor") ?? "",
    metric: url.get("metric") ?? "",
    query,
    crop: query.kind === "none" ? null : parseCrop(url.get("crop")),
    likes: url.getAll("like").filter((id) => ID.test(id)),
    dislikes: url.getAll("dislike").filter((id) => ID.test(id)),
    labels: url.getAll("label"),
    text: url.get("text") ?? "",
    threshold: readNumber(url.get("threshold")),
    excludeSelf: url.get("exclude") === "self",
    collapse: url.get("duplicates") === "collapsed",
    centred: url.get("query-is") === "centred",
    keywords: url.get("keywords") ?? "",
    seed: readNumber(url.get("seed")),
  };
}

function readQuery(url: URLSearchParams): Query {
  const token = url.get("query");
  if (token && TOKEN.test(token)) {
    const [, width, height] = /^(\d{1,6})x(\d{1,6})$/.exec(url.get("size") ?? "") ?? [];
    return { kind: "picture", token, width: Number(width ?? 0), height: Number(height ?? 0) };
  }
  const id = url.get("image");
  return id && ID.test(id) ? { kind: "image", id } : { kind: "none" };
}

function readNumber(text: string | null): number | null {
  const value = text ? Number(text) : NaN;
  return Number.isFinite(value) ? value : null;
}

/** The shortest URL that holds the state: what is as by default is left out. */
export function writeState(state: SearchState): URLSearchParams {
  const url = new URLSearchParams();
  const put = (name: string, value: string | number | null) => {
    if (value !== "" && value !== null) url.append(name, String(value));
  };
  put("collection", state.collection);
  put("extractor", state.extractor);
  put("metric", state.metric);
  if (state.query.kind === "image") put("image", state.query.id);
  if (state.query.kind === "picture") {
    put("query", state.query.token);
    if (state.query.width) put("size", `${state.query.width}x${state.query.height}`);
  }
  put("crop", state.crop && cropText(state.crop));
  state.likes.forEach((id) => {
    put("like", id);
  });
  state.dislikes.forEach((id) => {
    put("dislike", id);
  });
  state.labels.forEach((label) => {
    put("label", label);
  });
  put("text", state.text);
  put("threshold", state.threshold);
  put("exclude", state.excludeSelf ? "self" : null);
  put("duplicates", state.collapse ? "collapsed" : null);
  put("query-is", state.centred ? "centred" : null);
  put("keywords", state.keywords);
  put("seed", state.seed);
  return url;
}

/** Whether there is anything to search with. */
export function canSearch(state: SearchState): boolean {
  return state.query.kind !== "none" || state.likes.length > 0;
}

type Example = { readonly id: string; readonly crop: string | null } | QueryExample;
interface QueryExample {
  readonly query: string;
  readonly crop: string | null;
}

/** The part of a request's body that names what to search with. */
export interface Examples {
  readonly image_id: string | null;
  readonly query: string | null;
  readonly crop: string | null;
  readonly positive: readonly Example[];
  readonly negative: readonly Example[];
}

/** The examples of a search: one query, or lists as soon as something is liked or not. */
export function examplesOf(state: SearchState): Examples {
  const { query, likes, dislikes } = state;
  const crop = state.crop && cropText(state.crop);
  if (query.kind !== "none" && likes.length === 0 && dislikes.length === 0) {
    return {
      image_id: query.kind === "image" ? query.id : null,
      query: query.kind === "picture" ? query.token : null,
      crop,
      positive: [],
      negative: [],
    };
  }
  return {
    image_id: null,
    query: null,
    crop: null,
    positive: [...ownExample(query, crop), ...likes.map((id) => ({ id, crop: null }))],
    negative: dislikes.map((id) => ({ id, crop: null })),
  };
}

function ownExample(query: Query, crop: string | null): Example[] {
  if (query.kind === "none") return [];
  return [query.kind === "image" ? { id: query.id, crop } : { query: query.token, crop }];
}
