import { strings as shared } from "@/components/strings";
import type { Schemas } from "@/lib/api";
import type { Column } from "./api";
import type { By } from "./compareState";

/** What stands above a column. */
export interface Head {
  /** What tells it from the other columns. */
  readonly name: string;
  /** The short word for it, as the API knows it. */
  readonly short: string;
  readonly more: string;
  readonly formula: string;
  readonly order: string;
}

/** The heads of columns: where metrics are compared their names come first, else the extractors'. */
export function headsOf(columns: readonly Column[], by: By, metrics: readonly Schemas["Metric"][]): Head[] {
  return columns.map(({ extractor, metric }) => {
    const known = metrics.find(({ name }) => name === metric);
    const title = known?.title ?? metric;
    const order = known ? (known.larger_is_better ? shared.larger : shared.smaller) : "";
    const rest = { formula: known?.formula ?? "", order };
    return by === "metrics"
      ? { name: title, short: metric, more: extractor, ...rest }
      : { name: extractor, short: extractor, more: title, ...rest };
  });
}
