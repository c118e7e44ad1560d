import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, api, type Schemas } from "@/lib/api";
import { strings as shared } from "@/lib/strings";
import type { Asked, AskedRanking } from "./reportState";

export type Summary = Schemas["EvaluationSummary"];
/** Low and high. The client's types lose that there are two of them. */
export type Interval = readonly number[];
export type Result = Omit<Schemas["EvaluationResult"], "intervals"> & {
  readonly intervals: Readonly<Record<string, Interval>>;
};
export type Comparison = Omit<Schemas["ResultComparison"], "interval"> & { readonly interval: Interval };
export type Report = Omit<Schemas["Evaluation"], "results" | "comparisons"> & {
  readonly results: readonly Result[];
  readonly comparisons: readonly Comparison[];
};
export type Measure = Schemas["EvaluationMeasure"];
export type GradedQuery = Schemas["EvaluatedQuery"];
export type RankingAnswer = Schemas["EvaluatedRanking"];
export type RankedImage = Schemas["RankedImage"];

const AWAY = shared.app.away;
const LIST = ["evaluations"];
const ALL = 1000;
const PAGE = 50;
const FOR_GOOD = Infinity;

/** Reports, latest first. */
export function useReports() {
  return useQuery({
    queryKey: LIST,
    queryFn: ({ signal }) =>
      answered(api.GET("/api/v1/evaluations", { params: { query: { limit: ALL } }, signal }), AWAY),
  });
}

/** One report. It never changes once it is written. */
export function useReport(report: string) {
  return useQuery({
    queryKey: ["evaluation", report],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/v1/evaluations/{report}", { params: { path: { report } }, signal }), AWAY),
    staleTime: FOR_GOOD,
  });
}

/** The queries of a result with their grades, a page at a time. */
export function useQueries(report: string, asked: Asked) {
  return useInfiniteQuery({
    queryKey: ["evaluation", report, "queries", asked],
    queryFn: ({ signal, pageParam }) =>
      answered(
        api.GET("/api/v1/evaluations/{report}/queries", {
          params: { path: { report }, query: { ...asked, offset: pageParam, limit: PAGE } },
          signal,
        }),
        AWAY,
      ),
    initialPageParam: 0,
    getNextPageParam: ({ offset, queries, total }) =>
      offset + queries.length < total ? offset + queries.length : undefined,
    staleTime: FOR_GOOD,
  });
}

/** What a result found for a query. */
export function useRanking(report: string, asked: AskedRanking) {
  const { result, query } = asked;
  return useQuery({
    queryKey: ["evaluation", report, "ranking", result, query, asked],
    queryFn: ({ signal }) =>
      answered(
        api.GET("/api/v1/evaluations/{report}/rankings", {
          params: { path: { report }, query: asked },
          signal,
        }),
        AWAY,
      ),
    placeholderData: (before, last) =>
      last?.queryKey[3] === result && last.queryKey[4] === query ? before : undefined,
    staleTime: FOR_GOOD,
  });
}

export function useDeleteReport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (report: string) =>
      answered(api.DELETE("/api/v1/evaluations/{report}", { params: { path: { report } } }), AWAY),
    onSuccess: async (_, report) => {
      // asked for again only by whoever goes back to it
      await client.invalidateQueries({ queryKey: ["evaluation", report], refetchType: "none" });
      await client.invalidateQueries({ queryKey: LIST });
    },
  });
}

/** Where the report is as a page of its own, to be saved. */
export function downloadOf(report: string): string {
  return `/api/v1/evaluations/${encodeURIComponent(report)}/page`;
}
