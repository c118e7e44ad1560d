import { Group, SegmentedControl, Text, Title } from "@mantine/core";
import { IconStarFilled } from "@tabler/icons-react";
import { formatBytes } from "@/lib/scores";
import type { Result } from "./api";
import { CostChart } from "./charts/CostChart";
import { PointSample } from "./charts/Mark";
import { stylesOf } from "./charts/style";
import classes from "./Curves.module.css";
import { formatMean, formatMs } from "./format";
import { COSTS, type Cost } from "./reportState";
import { extractorsOf, frontier, meanOf, nameOf } from "./results";
import type { ViewProps } from "./settle";
import { strings } from "./strings";
import tables from "./tables.module.css";

const texts = strings.cost;

interface Kind {
  readonly of: (result: Result) => number;
  readonly title: string;
  readonly text: (value: number) => string;
}

const KINDS: Readonly<Record<Cost, Kind>> = {
  time: { of: (one) => one.ms_per_query, title: texts.timeTitle, text: formatMs },
  size: { of: (one) => one.bytes_per_image, title: texts.sizeTitle, text: formatBytes },
};

/** Time and bytes beside quality. */
export function Costs({ report, state, change }: ViewProps) {
  const { measure, cost } = state;
  const kind = KINDS[cost];
  const results = report.results.filter((one) => kind.of(one) > 0 && Number.isFinite(meanOf(one, measure)));
  const best = frontier(results, measure, kind.of);
  const styles = stylesOf(report.results);
  const tell = (one: Result) =>
    texts.tell(nameOf(one), formatMean(meanOf(one, measure)), kind.text(kind.of(one)));
  return (
    <section aria-labelledby="cost-title">
      <Group justify="space-between">
        <Title order={2} size="h4" id="cost-title">
          {texts.title}
        </Title>
        <SegmentedControl
          aria-label={texts.label}
          data={COSTS.map((one) => ({ value: one, label: texts[one] }))}
          value={cost}
          classNames={{ label: classes.segment ?? "" }}
          onChange={(value) => {
            change({ cost: COSTS.find((one) => one === value) ?? "time" });
          }}
        />
      </Group>
      {results.length === 0 ? (
        <Text size="sm">{texts.none}</Text>
      ) : (
        <>
          <CostChart
            results={results}
            measure={measure}
            cost={kind.of}
            best={best}
            styles={styles}
            label={texts.chart(measure, kind.title, best.map(nameOf).join(", "))}
            xTitle={kind.title}
            xText={axisText}
            tell={tell}
          />
          <Group gap="md" component="ul" className={tables.plain ?? ""}>
            {extractorsOf(results).map((extractor) => {
              const style = styles.get(results.find((one) => one.extractor === extractor)?.key ?? "");
              return (
                <Group key={extractor} component="li" gap={4}>
                  {style ? <PointSample style={style} /> : null}
                  <Text size="sm">{extractor}</Text>
                </Group>
              );
            })}
          </Group>
          <Text size="xs" c="dimmed">
            {texts.explained}
          </Text>
          <CostsAsTable results={results} best={best} measure={measure} kind={kind} />
        </>
      )}
    </section>
  );
}

/** A tick of the axis: the unit stands in its title. */
function axisText(value: number): string {
  return value >= 1000 ? `${value / 1000}k` : String(Number(value.toPrecision(2)));
}

interface TableProps {
  readonly results: readonly Result[];
  readonly best: readonly Result[];
  readonly measure: string;
  readonly kind: Kind;
}

function CostsAsTable({ results, best, measure, kind }: TableProps) {
  const sorted = [...results].sort((a, b) => kind.of(a) - kind.of(b));
  return (
    <details className={tables.details}>
      <summary>{texts.table}</summary>
      <table className={tables.table}>
        <thead>
          <tr>
            <th scope="col">{strings.curves.cell}</th>
            <th scope="col" className={tables.number}>
              {measure}
            </th>
            <th scope="col" className={tables.number}>
              {kind.title}
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((one) => (
            <tr key={one.key}>
              <th scope="row">
                {nameOf(one)}{" "}
                {best.includes(one) ? (
                  <span className={tables.best} title={texts.best}>
                    <IconStarFilled size={14} role="img" aria-label={texts.best} />
                  </span>
                ) : null}
              </th>
              <td className={tables.number}>{formatMean(meanOf(one, measure))}</td>
              <td className={tables.number}>{kind.text(kind.of(one))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
