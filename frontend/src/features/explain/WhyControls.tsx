import { useNavigate } from "react-router";
import { ExtractorSelect } from "@/components/ExtractorSelect";
import { MetricSelect } from "@/components/MetricSelect";
import type { Schemas } from "@/lib/api";
import { useCollections, useExtractors, useMetrics } from "@/lib/catalogue";
import { whyLink } from "@/lib/links";
import type { SearchState } from "@/lib/searchState";
import classes from "./WhyPage.module.css";

interface Props {
  readonly state: SearchState;
  readonly hit: string;
}

const NONE: readonly never[] = [];

/** Which descriptor and which metric the explanation is of. */
export function WhyControls({ state, hit }: Props) {
  const navigate = useNavigate();
  const known = useExtractors().data?.extractors ?? NONE;
  const metrics = useMetrics().data?.metrics ?? NONE;
  const collection = useCollections().data?.collections.find(({ name }) => name === state.collection);
  if (!collection) return null;
  const change = (patch: Partial<SearchState>) => {
    void navigate(whyLink({ ...state, ...patch }, hit), { preventScrollReset: true });
  };
  return (
    <div className={classes.controls}>
      <ExtractorSelect
        collection={collection}
        known={known}
        describes={state.query.kind === "picture" || state.crop !== null}
        explained
        value={state.extractor}
        onChange={(extractor) => {
          change({ extractor, metric: allowed(extractor, state.metric, known) ? state.metric : "" });
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
          change({ metric });
        }}
      />
    </div>
  );
}

/** A metric that the new extractor does not allow gives way to its default. */
function allowed(extractor: string, metric: string, known: readonly Schemas["Extractor"][]): boolean {
  const said = known.find((one) => one.name === extractor)?.metrics.find((one) => one.name === metric);
  return said?.allowed !== false;
}
