import { http, HttpResponse } from "msw";
import type { Schemas } from "@/lib/api";
import { server } from "../../../../test/server";

export const NAME = "photos-20261122T141500Z";
export const id = (number: number) => String(number).padStart(64, "0");

type Result = Schemas["EvaluationResult"];

/** A result whose precision falls evenly from its mean to 0.1, and whose grade on P@1 is the reverse of its mean. */
export function result(
  extractor: string,
  metric: string,
  mean: number,
  changes: Partial<Result> = {},
): Result {
  return {
    key: `${extractor}/${metric}/exact`,
    extractor,
    metric,
    strategy: "exact",
    exact: true,
    means: { "AP@100": mean, "P@1": 1 - mean },
    intervals: { "AP@100": [mean - 0.05, mean + 0.05], "P@1": [0, 1] },
    precision_curve: Array.from({ length: 100 }, (_, place) => mean - (place * (mean - 0.1)) / 99),
    recall_curve: Array.from({ length: 100 }, (_, place) => (place + 1) / 100),
    by_label: [
      { label: "cat", queries: 6, means: { "AP@100": mean, "P@1": 0.5 } },
      { label: "dog", queries: 4, means: { "AP@100": 1 - mean, "P@1": 0.5 } },
    ],
    seconds: 1,
    ms_per_query: 2,
    bytes_per_image: 1620,
    dims: 405,
    identity: { name: extractor, version: 1 },
    ...changes,
  };
}

export const HIST_CHI2 = result("hist-basic", "chi2", 0.5);
export const HIST_COSINE = result("hist-basic", "cosine", 0.4, { ms_per_query: 1 });
export const CONV_COSINE = result("cnn-conv", "cosine", 0.75, { ms_per_query: 4, dims: 512 });

export const REPORT: Schemas["Evaluation"] = {
  name: NAME,
  created_at: "2026-11-22T14:15:00Z",
  cbir_version: "0.1.0",
  dataset: "photos",
  format: "labelled-folder",
  protocol: "leave-one-out",
  protocol_definition: "Every image with a label is a query.",
  label_column: "labels",
  where: null,
  engine: null,
  images: 12,
  queries: 10,
  options: { seed: 0 },
  command: "cbir evaluate photos",
  account: {
    unlabelled: 1,
    without_relevant: 2,
    missing: ["gone.png"],
    duplicates: 3,
    passed_over: 0,
    failed: [{ path: "broken.jpg", reason: "It is damaged.", remedy: "Restore it." }],
    not_applicable: [{ extractor: "cnn-conv", metric: "chi2", reason: "It has negative values." }],
  },
  measures: [
    { name: "AP@100", key: "map_at_100", definition: "the finite sum", maximum: 1 },
    { name: "P@1", key: "precision_at_1", definition: "the first alone", maximum: 1 },
  ],
  primary_measure: "AP@100",
  labels: [
    { label: "cat", queries: 6, images: 7 },
    { label: "dog", queries: 4, images: 4 },
  ],
  results: [HIST_CHI2, HIST_COSINE, CONV_COSINE],
  comparisons: [
    {
      measure: "AP@100",
      a: HIST_CHI2.key,
      b: CONV_COSINE.key,
      difference: -0.25,
      interval: [-0.3, -0.2],
      p_value: 0.0001,
      p_adjusted: 0.0002,
      significant: true,
      better: 2,
      worse: 7,
    },
    {
      measure: "AP@100",
      a: HIST_CHI2.key,
      b: HIST_COSINE.key,
      difference: 0.1,
      interval: [-0.01, 0.21],
      p_value: 0.1,
      p_adjusted: 0.2,
      significant: false,
      better: 6,
      worse: 4,
    },
  ],
  comparison_method: "a paired test",
  best: { overall: CONV_COSINE.key, by_extractor: {}, by_metric: {} },
};

export const SUMMARY: Schemas["EvaluationSummary"] = {
  name: NAME,
  created_at: "2026-11-22T14:15:00Z",
  dataset: "photos",
  protocol: "leave-one-out",
  images: 12,
  queries: 10,
  best: CONV_COSINE.key,
  primary_measure: "AP@100",
  best_mean: 0.75,
  problem: "",
  remedy: "",
};

export function query(number: number, changes: Partial<Schemas["EvaluatedQuery"]> = {}) {
  return {
    name: id(number),
    id: id(number),
    path: `images/${number}.jpg`,
    labels: [number % 2 ? "dog" : "cat"],
    crop: null,
    relevant: 2,
    grade: number / 10,
    against: null,
    thumbnail: `/pictures/${number}`,
    ...changes,
  };
}

/** Three images of which the second alone is relevant. */
export function ranking(key: string, name: string): Schemas["EvaluatedRanking"] {
  const hits = [1, 2, 3].map((rank) => ({
    rank,
    id: id(100 + rank),
    path: `images/${key.split("/")[0] ?? ""}-${rank}.jpg`,
    labels: [rank === 2 ? "cat" : "dog"],
    score: rank / 8,
    relevant: rank === 2,
    thumbnail: `/pictures/${100 + rank}`,
  }));
  return { result: key, measure: "AP@100", query: query(Number(name)), depth: 3, hits };
}

export function problem(status: number, detail: string, remedy = "") {
  const body = { type: "urn:cbir:problem:x", title: "Problem", status, detail, remedy, request_id: "1" };
  return HttpResponse.json(body, { status });
}

export interface World {
  evaluations: Schemas["EvaluationSummary"][];
  report: Schemas["Evaluation"] | null;
  queries: Schemas["EvaluatedQuery"][];
  role: Schemas["Session"]["role"];
  /** What was asked of the list of queries. */
  asked: Record<string, string>[];
  deleted: string[];
}

const PAGE = 2;

/** A server with one report; its pages of queries have two of them each. */
export function serve(changes: Partial<World> = {}): World {
  const world: World = {
    evaluations: [SUMMARY],
    report: REPORT,
    queries: [1, 2, 3].map((number) => query(number)),
    role: "write",
    asked: [],
    deleted: [],
    ...changes,
  };
  const session = { role: world.role, key: null, expires_at: null, open: true };
  server.use(
    http.get("*/api/v1/session", () => HttpResponse.json(session)),
    http.get("*/api/v1/evaluations", () =>
      HttpResponse.json({
        evaluations: world.evaluations.filter(({ name }) => !world.deleted.includes(name)),
        total: world.evaluations.length,
        offset: 0,
        limit: 1000,
      }),
    ),
    http.get("*/api/v1/evaluations/:name", () =>
      world.report ? HttpResponse.json(world.report) : problem(404, "There is no report.", "Look again."),
    ),
    http.delete("*/api/v1/evaluations/:name", ({ params }) => {
      world.deleted.push(String(params.name));
      return HttpResponse.json({ name: params.name });
    }),
    http.get("*/api/v1/evaluations/:name/queries", ({ request }) => {
      const asked = Object.fromEntries(new URL(request.url).searchParams);
      world.asked.push(asked);
      const offset = Number(asked.offset);
      return HttpResponse.json({
        result: asked.result,
        measure: asked.measure,
        queries: world.queries.slice(offset, offset + PAGE),
        total: world.queries.length,
        offset,
        limit: PAGE,
      });
    }),
    http.get("*/api/v1/evaluations/:name/rankings", ({ request }) => {
      const asked = new URL(request.url).searchParams;
      return HttpResponse.json(ranking(asked.get("result") ?? "", asked.get("query") ?? ""));
    }),
    http.get("*/pictures/*", () => new HttpResponse(null, { status: 404 })),
  );
  return world;
}
