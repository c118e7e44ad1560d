import type { Report, Result } from "./api";
import { needsAnother, type ReportState } from "./reportState";
import { bestByExtractor, bestOf } from "./results";

/** What the page shows, with names in the place of defaults, and of what the report does not have. */
export interface Settled extends ReportState {
  readonly chosen: Result | undefined;
  readonly other: Result | undefined;
  readonly drawn: readonly string[];
}

export interface ViewProps {
  readonly report: Report;
  readonly state: Settled;
  readonly change: (patch: Partial<ReportState>) => void;
}

export function settle(asked: ReportState, report: Report): Settled {
  const { results } = report;
  const measure = report.measures.some(({ name }) => name === asked.measure)
    ? asked.measure
    : report.primary_measure;
  const byKey = (key: string) => results.find((one) => one.key === key);
  const chosen = byKey(asked.cell) ?? bestOf(results, measure);
  const other = asked.against === chosen?.key ? undefined : byKey(asked.against);
  const drawn = asked.drawn.filter((key) => byKey(key));
  return {
    ...asked,
    measure,
    chosen,
    other,
    cell: chosen?.key ?? "",
    against: other?.key ?? "",
    order: needsAnother(asked.order) && !other ? "worst" : asked.order,
    drawn: drawn.length > 0 ? drawn : bestByExtractor(results, measure).map(({ key }) => key),
  };
}
