import type { Schemas } from "@/lib/api";

export const VIEWS = ["results", "queries", "labels", "about"] as const;
export type View = (typeof VIEWS)[number];

export const ORDERS = ["worst", "best", "ahead", "behind"] as const;
export type Order = Schemas["QueryOrder"];

export const PLOTS = ["precision", "recall"] as const;
export type Plot = (typeof PLOTS)[number];

export const COSTS = ["time", "size"] as const;
export type Cost = (typeof COSTS)[number];

/** All that decides what the page of a report shows; it lives in the URL. */
export interface ReportState {
  readonly view: View;
  /** Empty for the report's primary measure. */
  readonly measure: string;
  /** The key of a result; empty for the best. */
  readonly cell: string;
  /** The key of a result that stands beside; empty for none. */
  readonly against: string;
  readonly order: Order;
  /** Only queries with this label; empty for all. */
  readonly label: string;
  /** The query whose ranking is shown; empty for none. */
  readonly query: string;
  readonly plot: Plot;
  /** Keys of the results whose curves are drawn; empty for the best of each extractor. */
  readonly drawn: readonly string[];
  readonly cost: Cost;
}

/** Which queries are asked for. */
export interface Asked {
  readonly result: string;
  readonly measure: string;
  readonly order: Order;
  readonly against: string | null;
  readonly label: string | null;
}

/** Which ranking is asked for. */
export interface AskedRanking {
  readonly result: string;
  readonly query: string;
  /** By which the query is graded. */
  readonly measure: string;
  readonly limit: number;
}

/** Ranks that are asked for first, and at most. */
export const FIRST_RANKS = 100;
const DEEPEST = 1000;

/** The ranking of a result for the query that is shown, to its first ranks or all of it. */
export function rankingOf(
  result: string,
  { query, measure }: Pick<ReportState, "query" | "measure">,
  all = false,
): AskedRanking {
  return { result, query, measure, limit: all ? DEEPEST : FIRST_RANKS };
}

function oneOf<T extends string>(known: readonly T[], value: string | null, otherwise: T): T {
  return known.find((one) => one === value) ?? otherwise;
}

/** The state that a URL holds. What is not understood in it counts as not there. */
export function readReportState(url: URLSearchParams): ReportState {
  const against = url.get("against") ?? "";
  const order = oneOf(ORDERS, url.get("order"), "worst");
  return {
    view: oneOf(VIEWS, url.get("view"), "results"),
    measure: url.get("measure") ?? "",
    cell: url.get("cell") ?? "",
    against,
    order: needsAnother(order) && !against ? "worst" : order,
    label: url.get("label") ?? "",
    query: url.get("query") ?? "",
    plot: oneOf(PLOTS, url.get("plot"), "precision"),
    drawn: url.getAll("drawn"),
    cost: oneOf(COSTS, url.get("cost"), "time"),
  };
}

/** The shortest URL that holds the state. */
export function writeReportState(state: ReportState): URLSearchParams {
  const url = new URLSearchParams();
  const put = (name: string, value: string, usual = "") => {
    if (value !== usual) url.append(name, value);
  };
  put("view", state.view, "results");
  put("measure", state.measure);
  put("cell", state.cell);
  put("against", state.against);
  put("order", state.order, "worst");
  put("label", state.label);
  put("query", state.query);
  put("plot", state.plot, "precision");
  for (const key of state.drawn) put("drawn", key);
  put("cost", state.cost, "time");
  return url;
}

/** Whether an order compares two results. */
export function needsAnother(order: Order): boolean {
  return order === "ahead" || order === "behind";
}
