import { http, HttpResponse, type JsonBodyType } from "msw";
import type { Schemas } from "@/lib/api";
import { server } from "../../../../test/server";

const HEX = 64;
/** An id that can be told from others at a glance. */
export const id = (n: number) => n.toString(16).padStart(HEX, "0");

export const EXTRACTORS: Schemas["Extractors"] = {
  default: ["hist-basic"],
  patterns: [],
  extractors: [
    known("hist-basic", "Colours and where they are.", true, ""),
    known("coded", "A code with negative numbers.", false, ""),
    known("cnn-basic", "What the image shows.", true, "Run cbir weights fetch vgg16-dense."),
  ],
};

function known(name: string, summary: string, nonNegative: boolean, remedy: string): Schemas["Extractor"] {
  return {
    name,
    summary,
    dims: 8,
    non_negative: nonNegative,
    default_metric: nonNegative ? "chi2" : "cosine",
    weights: remedy ? { name: "vgg16-dense", available: false, remedy } : null,
    usable: remedy === "",
    metrics: [
      { name: "cosine", allowed: true, reason: "" },
      { name: "chi2", allowed: nonNegative, reason: nonNegative ? "" : "It has negative numbers." },
    ],
  };
}

export const METRICS: Schemas["Metrics"] = {
  metrics: [
    metric("cosine", "Cosine similarity", "ΣAB / (‖A‖‖B‖)", true),
    metric("chi2", "Chi-squared distance", "½ Σ (A−B)²/(A+B)", false),
  ],
};

function metric(name: string, title: string, formula: string, larger: boolean): Schemas["Metric"] {
  return {
    name,
    title,
    formula,
    summary: `About ${title}.`,
    larger_is_better: larger,
    needs_non_negative: !larger,
    evaluation_only: false,
  };
}

export function collection(name: string, images: number): Schemas["CollectionSummary"] {
  const extractor = (one: string, nonNegative: boolean) => ({
    name: one,
    version: 1,
    dims: 8,
    non_negative: nonNegative,
    parameters: {},
    weights: "",
    complete: true,
    missing: 0,
    default_metric: nonNegative ? "chi2" : "cosine",
    usable: true,
    problem: "",
    remedy: "",
  });
  return {
    name,
    images,
    extractors: [extractor("hist-basic", true), extractor("coded", false)],
    default_extractor: "hist-basic",
    default_metric: "chi2",
    problem: "",
    remedy: "",
  };
}

export function hit(rank: number): Schemas["FoundImage"] {
  return {
    rank,
    id: id(rank),
    path: `holiday/${rank}.jpg`,
    score: rank / 1000,
    closeness: 1 - rank / 1000,
    labels: ["beach"],
    width: 400,
    height: 300,
    thumbnail: `/api/v1/collections/demo/images/${id(rank)}/thumbnail`,
    original: `/api/v1/collections/demo/images/${id(rank)}/original`,
    collapsed: [],
  };
}

export function answer(body: Asked, total: number, rest: Partial<Schemas["Answer"]> = {}): Schemas["Answer"] {
  const count = Math.max(0, Math.min(body.k, total - body.offset));
  return {
    collection: "demo",
    extractor: body.extractor ?? "",
    metric: body.metric ?? "",
    strategy: "exact",
    exact: true,
    engine: "embedded",
    index: "demo",
    took_ms: 3,
    steps_ms: { decode: 0, extract: 1, search: 1, closeness: 1 },
    query: body.query ?? null,
    query_expires_at: null,
    total,
    total_is_exact: true,
    offset: body.offset,
    nothing_similar: false,
    hits: Array.from({ length: count }, (_, n) => hit(body.offset + n + 1)),
    ...rest,
  };
}

export interface Asked {
  readonly query: string | null;
  readonly image_id: string | null;
  readonly extractor: string | null;
  readonly metric: string | null;
  readonly positive: readonly JsonBodyType[];
  readonly negative: readonly JsonBodyType[];
  readonly threshold: number | null;
  readonly centred: boolean;
  readonly closeness: boolean;
  readonly k: number;
  readonly offset: number;
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

/** What all tests of the page need; searches that were asked are collected in the list that comes back. */
export function serve(
  options: {
    readonly total?: number;
    readonly collections?: Schemas["CollectionSummary"][];
    readonly urlQueries?: boolean;
  } = {},
) {
  const asked: Asked[] = [];
  const collections = options.collections ?? [collection("demo", options.total ?? 5)];
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
    http.get("/api/v1/engine", () => HttpResponse.json({ url_queries: options.urlQueries ?? false })),
    http.get("/api/v1/extractors", () => HttpResponse.json(EXTRACTORS)),
    http.get("/api/v1/metrics", () => HttpResponse.json(METRICS)),
    http.get("/api/v1/collections/:name/labels", () =>
      HttpResponse.json({ total: 1, offset: 0, limit: 1000, labels: [{ label: "beach", images: 5 }] }),
    ),
    http.get("/api/v1/collections/:name/images/random", () =>
      HttpResponse.json({ seed: 1, total: 0, images: [] }),
    ),
    http.get("/api/v1/collections/:name/images/:id", ({ params }) =>
      HttpResponse.json({ id: params.id, width: 400, height: 300, locations: [], keywords: [] }),
    ),
    http.post("/api/v1/search", async ({ request }) => {
      const body = (await request.json()) as Asked;
      asked.push(body);
      return HttpResponse.json(answer(body, options.total ?? 5));
    }),
  );
  /** Searches of the page itself, not those for the range of scores. */
  return () => asked.filter(({ closeness }) => closeness);
}
