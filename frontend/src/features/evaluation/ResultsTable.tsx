import { Text, Title, VisuallyHidden } from "@mantine/core";
import { IconArrowNarrowDown, IconArrowNarrowRight, IconStarFilled } from "@tabler/icons-react";
import classes from "./ResultsTable.module.css";
import type { Result } from "./api";
import { formatInterval, formatMean } from "./format";
import { bests, extractorsOf, meanOf, nameOf, rowOf, rowsOf, type Bests } from "./results";
import type { ViewProps } from "./settle";
import { strings } from "./strings";

const texts = strings.table;

/** Extractor by metric: means with intervals, the best marked. */
export function ResultsTable({ report, state, change }: ViewProps) {
  const { measure } = state;
  const { results, account } = report;
  const best = bests(results, measure);
  const extractors = extractorsOf(results);
  const refused = new Map(
    account.not_applicable.map(({ extractor, metric, reason }) => [`${extractor} ${metric}`, reason]),
  );
  return (
    <section aria-labelledby="table-title" className={classes.section}>
      <Title order={2} size="h4" id="table-title">
        {texts.title}
      </Title>
      <Text size="sm" c="dimmed">
        {texts.caption(measure)}
      </Text>
      <div className={classes.scroll}>
        <table className={classes.table} aria-labelledby="table-title">
          <thead>
            <tr>
              <th scope="col">{texts.metric}</th>
              {extractors.map((extractor) => (
                <th key={extractor} scope="col" className={classes.number}>
                  {extractor}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rowsOf(results).map((row) => (
              <tr key={row}>
                <th scope="row">{row}</th>
                {extractors.map((extractor) => {
                  const result = results.find((one) => one.extractor === extractor && rowOf(one) === row);
                  return (
                    <td key={extractor} className={classes.number}>
                      {result ? (
                        <Cell
                          result={result}
                          measure={measure}
                          best={best.get(result.key)}
                          chosen={result.key === state.cell}
                          onChosen={() => {
                            change({ cell: result.key });
                          }}
                        />
                      ) : (
                        <Refused reason={refused.get(`${extractor} ${row}`)} />
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul className={classes.legend}>
        <li>
          <IconStarFilled size={14} aria-hidden /> {texts.all}
        </li>
        <li>
          <IconArrowNarrowDown size={16} aria-hidden /> {texts.column}
        </li>
        <li>
          <IconArrowNarrowRight size={16} aria-hidden /> {texts.row}
        </li>
      </ul>
    </section>
  );
}

interface CellProps {
  readonly result: Result;
  readonly measure: string;
  readonly best: Bests | undefined;
  readonly chosen: boolean;
  readonly onChosen: () => void;
}

function Cell({ result, measure, best, chosen, onChosen }: CellProps) {
  const interval = result.intervals[measure];
  return (
    <button
      type="button"
      className={classes.cell}
      data-best={best?.column === true || best?.row === true}
      aria-pressed={chosen}
      onClick={onChosen}
    >
      <VisuallyHidden>{nameOf(result)}: </VisuallyHidden>
      <span className={classes.mean}>
        {best ? <Marks best={best} /> : null}
        {formatMean(meanOf(result, measure))}
      </span>
      {interval ? <span className={classes.interval}>{formatInterval(interval)}</span> : null}
    </button>
  );
}

function Marks({ best }: { readonly best: Bests }) {
  const marks = [
    { is: best.all, Icon: IconStarFilled, size: 14, text: texts.all },
    { is: best.column, Icon: IconArrowNarrowDown, size: 16, text: texts.column },
    { is: best.row, Icon: IconArrowNarrowRight, size: 16, text: texts.row },
  ];
  return marks
    .filter(({ is }) => is)
    .map(({ Icon, size, text }) => (
      <span key={text} title={text} className={classes.mark}>
        <Icon size={size} aria-hidden />
        <VisuallyHidden>{text}, </VisuallyHidden>
      </span>
    ));
}

function Refused({ reason }: { readonly reason: string | undefined }) {
  return (
    <Text size="xs" c="dimmed" title={reason}>
      {reason === undefined ? strings.none : texts.refused}
      {reason ? <VisuallyHidden>: {reason}</VisuallyHidden> : null}
    </Text>
  );
}
