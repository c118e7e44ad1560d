import type { Schemas } from "@/lib/api";
import { useExtractors, useMetrics } from "@/lib/catalogue";
import { keptMetric } from "@/lib/choices";
import type { SearchState } from "@/lib/searchState";
import { ExtractorSelect } from "./ExtractorSelect";
import { MetricSelect } from "./MetricSelect";

interface Props {
  readonly collection: Schemas["CollectionSummary"];
  /** With names in place of defaults. */
  readonly state: SearchState;
  readonly change: (patch: Partial<SearchState>) => void;
}

const NONE: readonly never[] = [];

/** What is compared and how; a limit on scores of another metric means nothing and goes. */
export function HowCompared({ collection, state, change }: Props) {
  const known = useExtractors().data?.extractors ?? NONE;
  const metrics = useMetrics().data?.metrics ?? NONE;
  return (
    <>
      <ExtractorSelect
        collection={collection}
        known={known}
        describes={state.query.kind === "picture" || state.crop !== null}
        explained
        value={state.extractor}
        onChange={(extractor) => {
          change({ extractor, metric: keptMetric(extractor, state.metric, known), threshold: null });
        }}
      />
      <MetricSelect
        collection={collection}
        extractor={state.extractor}
        known={known}
        metrics={metrics}
        explained
        value={state.metric}
        onChange={(metric) => {
          change({ metric, threshold: null });
        }}
      />
    </>
  );
}
