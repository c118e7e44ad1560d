import { Button, Text, Title } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconSelector, IconStarFilled } from "@tabler/icons-react";
import { useState } from "react";
import { byCategory, sorted, type Sorting } from "./categories";
import classes from "./EvaluationPage.module.css";
import { formatCount, formatMean } from "./format";
import { bestByExtractor, nameOf } from "./results";
import type { ViewProps } from "./settle";
import { strings } from "./strings";
import tables from "./tables.module.css";

const texts = strings.categories;
const FEW = 30;

/** The means by label, for each extractor with its best metric. */
export function CategoryTable({ report, state, change }: ViewProps) {
  const [sorting, setSorting] = useState<Sorting>({ by: "queries", down: true });
  const [all, setAll] = useState(false);
  const columns = bestByExtractor(report.results, state.measure);
  const rows = sorted(byCategory(columns, state.measure), sorting);
  const shown = all ? rows : rows.slice(0, FEW);
  if (rows.length === 0) return <Text size="sm">{texts.none}</Text>;
  const head = { sorting, onSorting: setSorting };
  return (
    <section aria-labelledby="categories-title" className={classes.heading}>
      <Title order={2} size="h4" id="categories-title">
        {texts.title}
      </Title>
      <Text size="sm" c="dimmed">
        {texts.explained(state.measure)}
      </Text>
      <div className={tables.scroll}>
        <table className={tables.table} aria-labelledby="categories-title">
          <thead>
            <tr>
              <Head {...head} by="label" text={strings.labels.label} />
              <Head {...head} by="queries" text={strings.labels.queries} number />
              {columns.map((one) => (
                <Head key={one.key} {...head} by={one.key} text={nameOf(one)} number />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ label, queries, means, best }) => (
              <tr key={label}>
                <th scope="row">
                  <button
                    type="button"
                    className={tables.open}
                    title={strings.labels.open(label)}
                    onClick={() => {
                      change({ view: "queries", label, query: "" });
                    }}
                  >
                    {label}
                  </button>
                </th>
                <td className={tables.number}>{formatCount(queries)}</td>
                {columns.map(({ key }) => (
                  <td key={key} className={tables.number}>
                    {means.get(key) === best && columns.length > 1 ? (
                      <span className={tables.best}>
                        <IconStarFilled size={12} role="img" aria-label={texts.best} /> {formatMean(best)}
                      </span>
                    ) : (
                      formatMean(means.get(key) ?? NaN)
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > FEW ? (
        <Button
          variant="default"
          h={44}
          mt="sm"
          onClick={() => {
            setAll(!all);
          }}
        >
          {all ? strings.labels.fewer : strings.labels.more(rows.length)}
        </Button>
      ) : null}
    </section>
  );
}

interface HeadProps {
  readonly by: string;
  readonly text: string;
  readonly number?: boolean;
  readonly sorting: Sorting;
  readonly onSorting: (sorting: Sorting) => void;
}

function Head({ by, text, number = false, sorting, onSorting }: HeadProps) {
  const own = sorting.by === by;
  const Icon = own ? (sorting.down ? IconChevronDown : IconChevronUp) : IconSelector;
  return (
    <th
      scope="col"
      className={number ? tables.number : undefined}
      aria-sort={own ? (sorting.down ? "descending" : "ascending") : "none"}
    >
      <button
        type="button"
        className={tables.sort}
        title={texts.sort(text)}
        onClick={() => {
          onSorting({ by, down: own ? !sorting.down : number });
        }}
      >
        {text}
        <Icon size={14} aria-hidden />
      </button>
    </th>
  );
}
