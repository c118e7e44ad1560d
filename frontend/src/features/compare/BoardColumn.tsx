import { Text } from "@mantine/core";
import { memo } from "react";
import { Link } from "react-router";
import type { Column } from "./api";
import classes from "./Board.module.css";
import { Cell, type CellHandlers } from "./Cell";
import type { Pointer } from "./pointer";
import type { Head } from "./heads";
import type { Ranks } from "./ranks";
import { strings } from "./strings";

interface Props {
  readonly column: Column;
  readonly place: number;
  readonly head: Head;
  readonly ranks: Ranks;
  /** The search page with this extractor and metric. */
  readonly to: string;
  readonly pointer: Pointer;
  readonly pinned: string | null;
  /** The row that the tab key leads to. */
  readonly row: number;
  readonly ranksId: (image: string) => string;
  readonly handlers: CellHandlers;
}

/** One ranking under its heading, which stays in sight. */
export const BoardColumn = memo(function BoardColumn(props: Props) {
  const { column, place, head, ranks, to, pointer, pinned, row, ranksId, handlers } = props;
  const tabbable = Math.min(row, column.hits.length - 1);
  return (
    <section
      className={classes.column}
      style={{ gridColumn: 2 * place + 1 }}
      aria-label={strings.column(place + 1, `${head.name}, ${head.more}`)}
    >
      <header className={classes.head}>
        <h2 className={classes.name}>
          <Link to={to} className={classes.title} title={strings.searchLabel(head.short)}>
            <span className={classes.number}>{place + 1}</span>
            <span>{head.name}</span>
          </Link>
        </h2>
        <span className={classes.formula}>{head.formula}</span>
        <span className={classes.more}>
          {head.more}, {head.order}
        </span>
        {column.nothing_similar ? <span className={classes.nothing}>{strings.nothingSimilar}</span> : null}
      </header>
      {column.hits.length === 0 ? (
        <Text size="sm" c="dimmed">
          {strings.noHits}
        </Text>
      ) : (
        <ol className={classes.list}>
          {column.hits.map((hit, at) => (
            <li key={hit.id} className={classes.row}>
              <Cell
                hit={hit}
                column={place}
                row={at}
                pointer={pointer}
                pressed={hit.id === pinned}
                onlyHere={(ranks.get(hit.id) ?? []).filter((rank) => rank !== null).length === 1}
                tabIndex={at === tabbable ? 0 : -1}
                ranksId={ranksId(hit.id)}
                handlers={handlers}
              />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
});
