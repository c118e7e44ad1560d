import { Button, MultiSelect, NumberInput, Slider, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";
import { overPage } from "@/lib/portal";
import { formatScore } from "@/lib/scores";
import { canSearch, type SearchState } from "@/lib/searchState";
import { useLabels, useScoreRange } from "./api";
import classes from "./Filters.module.css";
import { strings } from "./strings";
import type { Change } from "./useSearchState";

interface Props {
  readonly state: SearchState;
  readonly change: Change;
  readonly images: number;
  readonly largerIsCloser: boolean;
  /** Whether the metric can compare a centred query. */
  readonly centrable: boolean;
}

const TYPING_MS = 350;
/** Pixels that the cross of the labels and the arrows beside it need. */
const CROSS_AND_ARROWS = 76;

/** Which of the hits are wanted. */
export function Filters({ state, change, images, largerIsCloser, centrable }: Props) {
  const labels = useLabels(state.collection).data?.labels ?? [];
  return (
    <Stack gap="sm">
      {labels.length > 0 || state.labels.length > 0 ? (
        <MultiSelect
          label={strings.labels}
          placeholder={state.labels.length === 0 ? strings.anyLabel : ""}
          data={[...new Set([...labels.map(({ label }) => label), ...state.labels])]}
          value={[...state.labels]}
          onChange={(chosen) => {
            change({ labels: chosen });
          }}
          searchable
          comboboxProps={{ portalProps: overPage() }}
          clearable
          hidePickedOptions
          limit={100}
          {...(state.labels.length > 0 ? { rightSectionWidth: CROSS_AND_ARROWS } : {})}
          styles={{
            input: { display: "flex", alignItems: "center" },
            pillsList: { flex: 1 },
            ...(state.labels.length > 0 ? { section: { width: CROSS_AND_ARROWS } } : {}),
          }}
          classNames={{ pill: classes.pill ?? "" }}
          clearButtonProps={{ "aria-label": strings.anyLabels, size: "xl" }}
        />
      ) : null}
      <TextFilter
        key={state.text}
        text={state.text}
        onChange={(text) => {
          change({ text }, { replace: true });
        }}
      />
      <Switch
        label={strings.excludeSelf}
        checked={state.excludeSelf}
        onChange={(event) => {
          change({ excludeSelf: event.currentTarget.checked });
        }}
      />
      <Switch
        label={strings.collapse}
        checked={state.collapse}
        onChange={(event) => {
          change({ collapse: event.currentTarget.checked });
        }}
      />
      <Switch
        label={strings.centred}
        aria-label={strings.centred} // the description stands in the label as well, and would be read twice
        description={centrable ? strings.centredHow : strings.centredNot}
        disabled={!centrable}
        checked={state.centred}
        onChange={(event) => {
          change({ centred: event.currentTarget.checked, threshold: null });
        }}
      />
      {canSearch(state) ? (
        <Threshold state={state} change={change} images={images} largerIsCloser={largerIsCloser} />
      ) : null}
    </Stack>
  );
}

function TextFilter({
  text,
  onChange,
}: {
  readonly text: string;
  readonly onChange: (text: string) => void;
}) {
  const [typed, setTyped] = useState(text);
  const tell = useDebouncedCallback(onChange, TYPING_MS);
  return (
    <TextInput
      label={strings.text}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value.trim());
      }}
    />
  );
}

/** A limit on the metric's native score; which side of it is wanted depends on the metric. */
function Threshold({ state, change, images, largerIsCloser }: Omit<Props, "centrable">) {
  const range = useScoreRange(state, images).data;
  if (state.threshold === null || !range) {
    return (
      <Button
        variant="default"
        mih={44}
        disabled={!range}
        onClick={() => {
          if (range) change({ threshold: rounded((range[0] + range[1]) / 2) });
        }}
      >
        {strings.thresholdOn}
      </Button>
    );
  }
  const [low, high] = range[0] < range[1] ? range : [range[1], range[0]];
  const set = (threshold: number) => {
    change({ threshold: rounded(threshold) }, { replace: true });
  };
  return (
    <div>
      <Text size="sm" fw={500} mb={6} id="threshold-label">
        {strings.threshold} {largerIsCloser ? strings.atLeast : strings.atMost} {formatScore(state.threshold)}
      </Text>
      <ThresholdSlider key={state.threshold} value={state.threshold} low={low} high={high} onChange={set} />
      <Button
        mt={6}
        variant="subtle"
        size="compact-sm"
        mih={44}
        onClick={() => {
          change({ threshold: null });
        }}
      >
        {strings.thresholdOff}
      </Button>
    </div>
  );
}

interface SliderProps {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly onChange: (threshold: number) => void;
}

function ThresholdSlider({ value, low, high, onChange }: SliderProps) {
  const [now, setNow] = useState(value);
  const step = Math.max((high - low) / 200, Number.EPSILON);
  return (
    <Stack gap={6}>
      <Slider
        min={Math.min(low, value)}
        max={Math.max(high, value)}
        step={step}
        value={now}
        onChange={setNow}
        onChangeEnd={onChange}
        label={formatScore}
        thumbLabel={strings.threshold}
        thumbSize={24}
      />
      <NumberInput
        aria-label={strings.threshold}
        defaultValue={value}
        step={step}
        decimalScale={6}
        onBlur={(event) => {
          const typed = Number(event.currentTarget.value);
          if (Number.isFinite(typed) && typed !== value) onChange(typed);
        }}
      />
    </Stack>
  );
}

const SIGNIFICANT = 5;

function rounded(score: number): number {
  return Number(score.toPrecision(SIGNIFICANT));
}
