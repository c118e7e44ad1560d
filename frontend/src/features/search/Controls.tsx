import { CollectionSelect } from "@/components/CollectionSelect";
import { ExtractorSelect } from "@/components/ExtractorSelect";
import { MetricSelect } from "@/components/MetricSelect";
import type { Schemas } from "@/lib/api";
import { useExtractors, useMetrics } from "@/lib/catalogue";
import { movedTo } from "@/lib/movedTo";
import type { SearchState } from "@/lib/searchState";
import classes from "./Controls.module.css";
import type { Change } from "./useSearchState";

interface Props {
  readonly collections: readonly Schemas["CollectionSummary"][];
  readonly collection: Schemas["CollectionSummary"];
  /** With names in place of defaults. */
  readonly state: SearchState;
  readonly change: Change;
}

const NONE: readonly never[] = [];

/** The choices that make an answer: what is compared, how, and in which collection. */
export function Controls({ collections, collection, state, change }: Props) {
  const known = useExtractors().data?.extractors ?? NONE;
  const metrics = useMetrics().data?.metrics ?? NONE;
  const describes = state.query.kind === "picture" || state.crop !== null;
  return (
    <div className={classes.controls}>
      <ExtractorSelect
        collection={collection}
        known={known}
        describes={describes}
        explained
        value={state.extractor}
        onChange={(extractor) => {
          change({ extractor, threshold: null, ...metricFor(extractor, state.metric, known) });
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
      {collections.length > 1 ? (
        <CollectionSelect
          collections={collections}
          value={collection.name}
          onChange={(name) => {
            change(movedTo(name, state));
          }}
        />
      ) : null}
    </div>
  );
}

/** The metric is kept where the new extractor allows it; else its own default takes over. */
function metricFor(
  extractor: string,
  metric: string,
  known: readonly Schemas["Extractor"][],
): Partial<SearchState> {
  const allowed = known.find((one) => one.name === extractor)?.metrics.find((one) => one.name === metric);
  return allowed?.allowed === false ? { metric: "" } : { metric };
}
