import { strings as shared } from "@/components/strings";
import type { Schemas } from "@/lib/api";
import { extractorChoices, metricChoices } from "@/lib/choices";
import type { CompareState } from "./compareState";
import { strings } from "./strings";

/** As many as the server compares at once. */
export const MOST_COLUMNS = 12;
export const FEWEST_COLUMNS = 2;

export type Pair = Schemas["Pair"];

/** What a comparison leaves out, and why. */
export interface LeftOut {
  readonly label: string;
  readonly reason: string;
}

export interface Plan {
  readonly pairs: readonly Pair[];
  readonly leftOut: readonly LeftOut[];
}

export interface Catalogue {
  readonly collection: Schemas["CollectionSummary"];
  readonly known: readonly Schemas["Extractor"][];
  readonly metrics: readonly Schemas["Metric"][];
}

interface Candidate {
  readonly pair: Pair;
  readonly label: string;
  /** Empty where it can be compared. */
  readonly reason: string;
}

/** The columns of a comparison: all that has a meaning, and the rest with why it has none. */
export function planOf(state: CompareState, catalogue: Catalogue): Plan {
  const candidates = state.by === "metrics" ? metricsOf(state, catalogue) : extractorsOf(state, catalogue);
  const fit = candidates.filter(({ reason }) => reason === "");
  const beyond = fit.slice(MOST_COLUMNS).map(({ label }) => ({ label, reason: strings.limit(MOST_COLUMNS) }));
  return {
    pairs: fit.slice(0, MOST_COLUMNS).map(({ pair }) => pair),
    leftOut: [...candidates.filter(({ reason }) => reason !== ""), ...beyond].map(({ label, reason }) => ({
      label,
      reason,
    })),
  };
}

function metricsOf({ search: { extractor } }: CompareState, catalogue: Catalogue): Candidate[] {
  const { collection, known, metrics } = catalogue;
  return metricChoices(extractor, collection, known, metrics, shared).map(({ value, label, reason }) => ({
    pair: { extractor, metric: value },
    label,
    reason,
  }));
}

function extractorsOf({ search, common }: CompareState, catalogue: Catalogue): Candidate[] {
  const { collection, known, metrics } = catalogue;
  return extractorChoices(collection, known, needsDescribing(search), shared).map(({ value, reason }) => {
    const metric = common || defaultMetric(value, catalogue);
    const choice = metricChoices(value, collection, known, metrics, shared).find(
      (one) => one.value === metric,
    );
    return { pair: { extractor: value, metric }, label: value, reason: reason || (choice?.reason ?? "") };
  });
}

/** A picture that is not indexed, or a part of an image, has no stored descriptor. */
export function needsDescribing({ query, crop }: CompareState["search"]): boolean {
  return query.kind === "picture" || crop !== null;
}

function defaultMetric(extractor: string, { collection, known }: Catalogue): string {
  const own = collection.extractors.find(({ name }) => name === extractor);
  return own?.default_metric ?? known.find(({ name }) => name === extractor)?.default_metric ?? "";
}
