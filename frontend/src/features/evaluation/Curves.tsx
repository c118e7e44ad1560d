import { Button, Group, SegmentedControl, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { Result } from "./api";
import classes from "./Curves.module.css";
import { CurveChart, type Curve } from "./charts/CurveChart";
import { LineSample } from "./charts/Mark";
import { stylesOf, type Style } from "./charts/style";
import { CurvesAsTable } from "./CurvesAsTable";
import { formatMean } from "./format";
import { PLOTS, type Plot } from "./reportState";
import { nameOf } from "./results";
import type { ViewProps } from "./settle";
import { strings } from "./strings";

const texts = strings.curves;
const FIRST_READ = 10;

const VALUES: Readonly<Record<Plot, (result: Result) => readonly number[]>> = {
  precision: (one) => one.precision_curve,
  recall: (one) => one.recall_curve,
};
const EXPLAINED: Readonly<Record<Plot, string>> = {
  precision: texts.precisionMore,
  recall: texts.recallMore,
};

/** Precision or recall over the ranks, with a legend that reads the curves at one of them. */
export function Curves({ report, state, change }: ViewProps) {
  const [rank, setRank] = useState(FIRST_READ);
  const [lit, setLit] = useState<string | null>(null);
  const { plot, drawn } = state;
  const styles = stylesOf(report.results);
  const all = report.results.flatMap((one) => curveOf(one, plot, styles.get(one.key)));
  const curves = all.filter(({ key }) => drawn.includes(key));
  const depth = Math.max(1, ...all.map(({ values }) => values.length));
  const reading = Math.min(rank, depth);
  const toggle = (key: string) => {
    const next = drawn.includes(key) ? drawn.filter((one) => one !== key) : [...drawn, key];
    if (next.length > 0) change({ drawn: next });
  };
  return (
    <section aria-labelledby="curves-title">
      <Group justify="space-between">
        <div>
          <Title order={2} size="h4" id="curves-title">
            {texts.title}
          </Title>
          <Text size="sm" c="dimmed">
            {EXPLAINED[plot]}
          </Text>
        </div>
        <SegmentedControl
          aria-label={texts.title}
          data={PLOTS.map((one) => ({ value: one, label: texts[one] }))}
          value={plot}
          classNames={{ label: classes.segment ?? "" }}
          onChange={(value) => {
            change({ plot: PLOTS.find((one) => one === value) ?? "precision" });
          }}
        />
      </Group>
      <div className={classes.body}>
        <div className={classes.chart}>
          <CurveChart
            curves={curves}
            depth={depth}
            rank={reading}
            onRank={setRank}
            lit={curves.some(({ key }) => key === lit) ? lit : null}
            label={texts.chart(texts[plot], curves.map(({ name }) => name).join(", "))}
            xTitle={texts.rank}
            yTitle={texts[plot]}
          />
          <input
            type="range"
            className={classes.slider}
            min={1}
            max={depth}
            value={reading}
            aria-label={texts.read}
            aria-valuetext={told(reading, curves)}
            onChange={({ currentTarget: { value } }) => {
              setRank(Number(value));
            }}
          />
        </div>
        <Legend all={all} drawn={drawn} rank={reading} onToggle={toggle} onLit={setLit} change={change} />
      </div>
      <CurvesAsTable curves={curves} depth={depth} />
    </section>
  );
}

function curveOf(result: Result, plot: Plot, style: Style | undefined): Curve[] {
  return style ? [{ key: result.key, name: nameOf(result), values: VALUES[plot](result), style }] : [];
}

/** What a screen reader says when the slider moves. */
function told(rank: number, curves: readonly Curve[]): string {
  const values = curves.map(({ name, values }) => `${name} ${formatMean(values[rank - 1] ?? NaN)}`);
  return `${texts.atRank(rank)}: ${values.join(", ")}`;
}

interface LegendProps {
  readonly all: readonly Curve[];
  readonly drawn: readonly string[];
  readonly rank: number;
  readonly onToggle: (key: string) => void;
  readonly onLit: (key: string | null) => void;
  readonly change: ViewProps["change"];
}

function Legend({ all, drawn, rank, onToggle, onLit, change }: LegendProps) {
  return (
    <div className={classes.side}>
      <Text size="sm" fw={600} id="curves-legend">
        {texts.atRank(rank)}
      </Text>
      <ul className={classes.legend} aria-labelledby="curves-legend">
        {all.map(({ key, name, style, values }) => (
          <li key={key}>
            <button
              type="button"
              className={classes.entry}
              aria-pressed={drawn.includes(key)}
              onClick={() => {
                onToggle(key);
              }}
              onPointerEnter={() => {
                onLit(key);
              }}
              onPointerLeave={() => {
                onLit(null);
              }}
              onFocus={() => {
                onLit(key);
              }}
              onBlur={() => {
                onLit(null);
              }}
            >
              <LineSample style={style} />
              <span className={classes.name}>{name}</span>
              <span className={classes.value}>{formatMean(values[rank - 1] ?? NaN)}</span>
            </button>
          </li>
        ))}
      </ul>
      <Group gap="xs">
        <Button
          variant="default"
          h={44}
          onClick={() => {
            change({ drawn: [] });
          }}
        >
          {texts.usual}
        </Button>
        <Button
          variant="default"
          h={44}
          onClick={() => {
            change({ drawn: all.map(({ key }) => key) });
          }}
        >
          {texts.all}
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        {texts.colourIsExtractor}
      </Text>
    </div>
  );
}
