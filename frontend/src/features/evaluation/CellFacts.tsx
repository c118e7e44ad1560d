import { Button, Text, Title } from "@mantine/core";
import { IconListSearch } from "@tabler/icons-react";
import { formatBytes } from "@/lib/scores";
import tables from "./tables.module.css";
import classes from "./EvaluationPage.module.css";
import { formatInterval, formatMean, formatMs } from "./format";
import { meanOf, nameOf } from "./results";
import type { ViewProps } from "./settle";
import { strings } from "./strings";

const texts = strings.cell;

/** Everything about the chosen result, and the way to its queries. */
export function CellFacts({ report, state, change }: ViewProps) {
  const { chosen } = state;
  if (!chosen) return null;
  const facts = [
    chosen.exact ? texts.exact : texts.approximate(chosen.strategy),
    `${formatMs(chosen.ms_per_query)} ${texts.time}`,
    `${formatBytes(chosen.bytes_per_image)} ${texts.size}`,
    texts.dims(chosen.dims),
  ];
  return (
    <section aria-labelledby="cell-title" className={classes.aside}>
      <Title order={2} size="h4" id="cell-title" className={classes.breaks ?? ""}>
        {texts.title(nameOf(chosen))}
      </Title>
      <table className={tables.table} aria-label={texts.details}>
        <thead>
          <tr>
            <th scope="col">{texts.measure}</th>
            <th scope="col" className={tables.number}>
              {texts.mean}
            </th>
            <th scope="col" className={tables.number}>
              {texts.interval}
            </th>
          </tr>
        </thead>
        <tbody>
          {report.measures.map(({ name }) => {
            const interval = chosen.intervals[name];
            return (
              <tr key={name} data-chosen={name === state.measure}>
                <th scope="row">{name}</th>
                <td className={tables.number}>{formatMean(meanOf(chosen, name))}</td>
                <td className={tables.number}>{interval ? formatInterval(interval) : strings.none}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <Text size="sm" c="dimmed">
        {facts.join(" · ")}
      </Text>
      <Button
        variant="default"
        h={44}
        mt="xs"
        leftSection={<IconListSearch size={18} aria-hidden />}
        onClick={() => {
          change({ view: "queries", cell: chosen.key, order: "worst", query: "" });
        }}
      >
        {texts.queries}
      </Button>
    </section>
  );
}
