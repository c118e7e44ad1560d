import { http, HttpResponse } from "msw";
import { vi } from "vitest";
import type { Schemas } from "@/lib/api";
import { server } from "../../../../test/server";

const HEX = 64;
export const id = (n: number) => n.toString(16).padStart(HEX, "0");

export interface Asked {
  readonly query: string | null;
  readonly image_id: string | null;
  readonly collection: string;
  readonly k: number;
  readonly labels: readonly string[];
  readonly positive: readonly unknown[];
  readonly pairs: readonly Schemas["Pair"][];
}

function metric(name: string, title: string, formula: string, larger: boolean): Schemas["Metric"] {
  return {
    name,
    title,
    formula,
    summary: "",
    larger_is_better: larger,
    needs_non_negative: !larger,
    evaluation_only: false,
  };
}

const METRICS = [
  metric("euclidean", "Euclidean distance", "sqrt(Σ(A−B)²)", false),
  metric("cosine", "Cosine similarity", "ΣAB / (‖A‖‖B‖)", true),
  metric("chi2", "Chi-squared distance", "½ Σ (A−B)²/(A+B)", false),
  { ...metric("kl-literal", "As published", "Σ A ln(A/B)", false), evaluation_only: true },
];

const NEGATIVE = "It has negative numbers.";
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "hist-basic": ["euclidean", "cosine", "chi2"],
  coded: ["euclidean", "cosine"],
  half: ["euclidean", "cosine", "chi2"],
};

function known(name: string): Schemas["Extractor"] {
  return {
    name,
    summary: "",
    dims: 8,
    non_negative: name !== "coded",
    default_metric: name === "coded" ? "cosine" : "chi2",
    weights: null,
    usable: true,
    metrics: METRICS.map((one) => {
      const allowed = ALLOWED[name]?.includes(one.name) ?? false;
      return { name: one.name, allowed, reason: allowed ? "" : NEGATIVE };
    }),
  };
}

export function collection(name: string, images = 9): Schemas["CollectionSummary"] {
  return {
    name,
    images,
    extractors: ["hist-basic", "coded", "half"].map((one) => ({
      name: one,
      version: 1,
      dims: 8,
      non_negative: one !== "coded",
      parameters: {},
      weights: "",
      complete: one !== "half",
      missing: one === "half" ? 4 : 0,
      default_metric: one === "coded" ? "cosine" : "chi2",
      usable: true,
      problem: "",
      remedy: "",
    })),
    default_extractor: "hist-basic",
    default_metric: "chi2",
    problem: "",
    remedy: "",
  };
}

function hit(image: number, rank: number): Schemas["FoundImage"] {
  return {
    rank,
    id: id(image),
    path: `holiday/${image}.jpg`,
    score: rank / 8,
    closeness: 0.9,
    labels: [],
    width: 400,
    height: 300,
    thumbnail: `/api/v1/collections/demo/images/${id(image)}/thumbnail`,
    original: `/api/v1/collections/demo/images/${id(image)}/original`,
    collapsed: [],
  };
}

/** Made by hand: image 3 falls from rank 1 to 3 and is then gone; image 9 is in one column alone. */
const RANKINGS: Readonly<Record<string, readonly number[]>> = {
  euclidean: [3, 1, 2],
  cosine: [1, 2, 3],
  chi2: [2, 1, 9],
};

const AGREEMENTS: Schemas["Agreement"][] = [
  { columns: [0, 1], overlap: 1, kendall: -1 / 3 },
  { columns: [0, 2], overlap: 2 / 3, kendall: 0 },
  { columns: [1, 2], overlap: 2 / 3, kendall: 1 / 3 },
];

export function answer(asked: Asked): Schemas["ComparisonAnswer"] {
  return {
    collection: asked.collection,
    strategy: "exact",
    k: asked.k,
    took_ms: 12,
    steps_ms: { decode: 0, extract: 1, search: 1, closeness: 1 },
    query: asked.query,
    query_expires_at: null,
    columns: asked.pairs.map((pair) => ({
      ...pair,
      exact: true,
      nothing_similar: false,
      hits: (RANKINGS[pair.metric] ?? []).map((image, at) => hit(image, at + 1)),
    })),
    agreements: AGREEMENTS.filter(({ columns }) => columns.every((one) => one < asked.pairs.length)),
  };
}

export function problem(status: number, detail: string, remedy: string, field?: string) {
  return HttpResponse.json(
    {
      type: "urn:cbir:problem:x",
      title: `Title ${status}`,
      status,
      detail,
      remedy,
      request_id: "r",
      fields: field ? [{ field, message: detail }] : null,
    },
    { status, headers: { "Content-Type": "application/problem+json" } },
  );
}

/** What the page asks of the API; the comparisons that were asked for are in the list that comes back. */
export function serve(collections = [collection("demo")]): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("scrollTo", () => undefined);
  server.use(
    http.get("/api/v1/collections", () =>
      HttpResponse.json({
        total: collections.length,
        offset: 0,
        limit: 1000,
        engine: "embedded",
        collections,
      }),
    ),
    http.get("/api/v1/extractors", () =>
      HttpResponse.json({
        default: [],
        patterns: [],
        extractors: ["hist-basic", "coded", "half"].map(known),
      }),
    ),
    http.get("/api/v1/metrics", () => HttpResponse.json({ metrics: METRICS })),
    http.get("/api/v1/collections/:name/images/random", () =>
      HttpResponse.json({ seed: 1, total: 1, images: [{ ...hit(7, 1), locations: [], keywords: [] }] }),
    ),
    http.get("/api/v1/collections/:name/images/:id", ({ params }) =>
      HttpResponse.json({
        id: params.id,
        path: "query.jpg",
        labels: [],
        width: 400,
        height: 300,
        locations: [],
        keywords: [],
      }),
    ),
    http.post("/api/v1/compare", async ({ request }) => {
      const body = (await request.json()) as Asked;
      asked.push(body);
      return HttpResponse.json(answer(body));
    }),
  );
  return asked;
}
