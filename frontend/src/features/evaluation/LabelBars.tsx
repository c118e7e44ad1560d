import { Button, Text, Title } from "@mantine/core";
import { useState } from "react";
import { formatCount } from "./format";
import classes from "./LabelBars.module.css";
import type { ViewProps } from "./settle";
import { strings } from "./strings";
import tables from "./tables.module.css";

const texts = strings.labels;
const FEW = 20;

/** How many queries and images have each label: the filled bar and the outlined one. */
export function LabelBars({ report, change }: ViewProps) {
  const [all, setAll] = useState(false);
  const { labels } = report;
  const most = Math.max(1, ...labels.map(({ queries, images }) => Math.max(queries, images)));
  const shown = all ? labels : labels.slice(0, FEW);
  if (labels.length === 0) return <Text size="sm">{texts.none}</Text>;
  return (
    <section aria-labelledby="labels-title">
      <Title order={2} size="h4" id="labels-title">
        {texts.title}
      </Title>
      <Text size="sm" c="dimmed">
        {texts.explained}
      </Text>
      <table className={tables.table} aria-labelledby="labels-title">
        <thead>
          <tr>
            <th scope="col">{texts.label}</th>
            <th scope="col" className={tables.number}>
              <span className={classes.sample} data-of="queries" aria-hidden /> {texts.queries}
            </th>
            <th scope="col" className={tables.number}>
              <span className={classes.sample} data-of="images" aria-hidden /> {texts.images}
            </th>
            <td className={classes.bars} />
          </tr>
        </thead>
        <tbody>
          {shown.map(({ label, queries, images }) => (
            <tr key={label}>
              <th scope="row">
                <button
                  type="button"
                  className={tables.open}
                  title={texts.open(label)}
                  onClick={() => {
                    change({ view: "queries", label, query: "" });
                  }}
                >
                  {label}
                </button>
              </th>
              <td className={tables.number}>{formatCount(queries)}</td>
              <td className={tables.number}>{formatCount(images)}</td>
              <td className={classes.bars} aria-hidden>
                <div className={classes.bar} data-of="queries" style={{ width: share(queries, most) }} />
                <div className={classes.bar} data-of="images" style={{ width: share(images, most) }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {labels.length > FEW ? (
        <Button
          variant="default"
          h={44}
          mt="sm"
          onClick={() => {
            setAll(!all);
          }}
        >
          {all ? texts.fewer : texts.more(labels.length)}
        </Button>
      ) : null}
    </section>
  );
}

function share(count: number, most: number): string {
  return `${(100 * count) / most}%`;
}
