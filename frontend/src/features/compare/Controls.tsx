import { Input, SegmentedControl } from "@mantine/core";
import { useId } from "react";
import { ChoiceSelect } from "@/components/ChoiceSelect";
import { CollectionSelect } from "@/components/CollectionSelect";
import { ExtractorSelect } from "@/components/ExtractorSelect";
import type { Schemas } from "@/lib/api";
import type { Choice } from "@/lib/choices";
import { movedTo } from "@/lib/movedTo";
import classes from "./ComparePage.module.css";
import { SIZES, type By, type CompareState } from "./compareState";
import { needsDescribing, type Catalogue } from "./plan";
import { strings } from "./strings";
import type { Change } from "./useCompareState";

interface Props {
  readonly state: CompareState;
  readonly change: Change;
  readonly catalogue: Catalogue;
  readonly collections: readonly Schemas["CollectionSummary"][];
}

const OWN = "own default";
const KINDS: readonly { readonly value: By; readonly label: string }[] = [
  { value: "metrics", label: strings.byMetrics },
  { value: "extractors", label: strings.byExtractors },
];

/** What the columns are, and how long. */
export function Controls({ state, change, catalogue, collections }: Props) {
  const { search, by, common, k } = state;
  const { collection, known, metrics } = catalogue;
  return (
    <div className={classes.controls}>
      <Segments
        label={strings.by}
        options={KINDS}
        value={by}
        onChange={(value) => {
          change({ by: value });
        }}
      />
      <div className={classes.select}>
        {by === "metrics" ? (
          <ExtractorSelect
            collection={collection}
            known={known}
            describes={needsDescribing(search)}
            value={search.extractor}
            onChange={(extractor) => {
              change({ search: { extractor, metric: "" } });
            }}
          />
        ) : (
          <ChoiceSelect
            label={strings.metricOfAll}
            choices={commonChoices(metrics)}
            value={common || OWN}
            onChange={(value) => {
              change({ common: value === OWN ? "" : value });
            }}
          />
        )}
      </div>
      <Segments
        label={strings.k}
        options={SIZES.map((size) => ({ value: String(size), label: String(size) }))}
        value={String(k)}
        onChange={(value) => {
          change({ k: SIZES.find((size) => String(size) === value) ?? SIZES[0] });
        }}
      />
      {collections.length > 1 ? (
        <CollectionSelect
          collections={collections}
          value={collection.name}
          onChange={(name) => {
            change({ search: movedTo(name, search) });
          }}
        />
      ) : null}
    </div>
  );
}

interface SegmentsProps<V extends string> {
  readonly label: string;
  readonly options: readonly { readonly value: V; readonly label: string }[];
  readonly value: V;
  readonly onChange: (value: V) => void;
}

function Segments<V extends string>({ label, options, value, onChange }: SegmentsProps<V>) {
  const id = useId();
  return (
    <div className={classes.segments}>
      <Input.Label id={id} component="div">
        {label}
      </Input.Label>
      <SegmentedControl
        aria-labelledby={id}
        fullWidth
        data={[...options]}
        value={value}
        onChange={onChange}
        classNames={{ label: classes.segment ?? "" }}
      />
    </div>
  );
}

function commonChoices(metrics: readonly Schemas["Metric"][]): Choice[] {
  const own = {
    value: OWN,
    label: strings.ownDefault,
    summary: strings.ownDefaultMore,
    detail: "",
    reason: "",
  };
  const each = metrics
    .filter(({ evaluation_only: only }) => !only)
    .map(({ name, title, summary, formula }) => ({
      value: name,
      label: title,
      summary,
      detail: formula,
      reason: "",
    }));
  return [own, ...each];
}
