import type { Schemas } from "./api";

/** One thing to choose, and why it cannot be chosen, if so. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly summary: string;
  /** What stands small beside it: a formula, a number of dimensions. */
  readonly detail: string;
  /** Why it cannot be chosen, and what to do about it; empty where it can. */
  readonly reason: string;
}

interface Texts {
  readonly dims: (dims: number) => string;
  readonly missing: (images: number) => string;
  readonly notInCollection: string;
  readonly negativeValues: string;
  readonly larger: string;
  readonly smaller: string;
}

type Collection = Pick<Schemas["CollectionSummary"], "extractors">;

/**
 * The extractors of a collection first, then others that the server knows.
 * `describes` says that a new picture has to be described, for which the extractor's weights must be there.
 */
export function extractorChoices(
  collection: Collection,
  known: readonly Schemas["Extractor"][],
  describes: boolean,
  texts: Texts,
): Choice[] {
  const summaries = new Map(known.map((one) => [one.name, one.summary]));
  const own = collection.extractors.map((one) => ({
    value: one.name,
    label: one.name,
    summary: summaries.get(one.name) ?? "",
    detail: texts.dims(one.dims),
    reason: !one.complete
      ? texts.missing(one.missing)
      : describes && !one.usable
        ? `${one.problem} ${one.remedy}`.trim()
        : "",
  }));
  const names = new Set(own.map((one) => one.value));
  const others = known.filter((one) => !names.has(one.name)).map((one) => foreign(one, texts));
  return [...own, ...others];
}

function foreign(one: Schemas["Extractor"], texts: Texts): Choice {
  return {
    value: one.name,
    label: one.name,
    summary: one.summary,
    detail: texts.dims(one.dims),
    reason: [texts.notInCollection, one.usable ? "" : (one.weights?.remedy ?? "")].join(" ").trim(),
  };
}

/** The metrics for searching, each with why the extractor does not allow it. */
export function metricChoices(
  extractor: string,
  collection: Collection,
  known: readonly Schemas["Extractor"][],
  metrics: readonly Schemas["Metric"][],
  texts: Texts,
): Choice[] {
  const listed = known.find((one) => one.name === extractor);
  const own = collection.extractors.find((one) => one.name === extractor);
  const nonNegative = own?.non_negative ?? listed?.non_negative ?? true;
  return metrics
    .filter((metric) => !metric.evaluation_only)
    .map((metric) => {
      const said = listed?.metrics.find((one) => one.name === metric.name);
      const fits = said?.allowed ?? (nonNegative || !metric.needs_non_negative);
      return {
        value: metric.name,
        label: metric.title,
        summary: metric.summary,
        detail: `${metric.formula}, ${metric.larger_is_better ? texts.larger : texts.smaller}`,
        reason: fits ? "" : said?.reason || texts.negativeValues,
      };
    });
}

/** The metric is kept where the extractor allows it; else empty, so that the extractor's default takes over. */
export function keptMetric(
  extractor: string,
  metric: string,
  known: readonly Schemas["Extractor"][],
): string {
  const said = known.find(({ name }) => name === extractor)?.metrics.find(({ name }) => name === metric);
  return said?.allowed === false ? "" : metric;
}
