import {
  Fragment,
  useCallback,
  useId,
  useMemo,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
} from "react";
import type { Column } from "./api";
import classes from "./Board.module.css";
import { BoardColumn } from "./BoardColumn";
import type { CellHandlers } from "./Cell";
import type { Pointer } from "./pointer";
import type { Head } from "./heads";
import { Links } from "./Links";
import { linksAfter, type Ranks } from "./ranks";
import { strings } from "./strings";

/** The image that was pressed, to be followed until another is, and the column where. */
export interface Pinned {
  readonly id: string;
  readonly column: number;
}

interface Props {
  readonly columns: readonly Column[];
  readonly heads: readonly Head[];
  readonly ranks: Ranks;
  readonly k: number;
  readonly stale: boolean;
  readonly searchWith: (column: Column) => string;
  readonly pointer: Pointer;
  readonly pinned: Pinned | null;
  readonly onPin: (pinned: Pinned | null) => void;
}

/** Rankings side by side, with lines between the places of the same image. */
export function Board(props: Props) {
  const { columns, heads, ranks, k, stale, searchWith, pointer, pinned, onPin } = props;
  const board = useRef<HTMLDivElement>(null);
  const [row, setRow] = useState(0);
  const prefix = useId();
  const ranksId = useCallback((image: string) => `${prefix}${image}`, [prefix]);
  const links = useMemo(() => columns.slice(1).map((_, place) => linksAfter(place, ranks)), [columns, ranks]);
  const pinnedId = pinned?.id ?? null;
  const handlers = useMemo<CellHandlers>(
    () => ({
      point: pointer.point,
      focus: (id, at) => {
        setRow(at);
        pointer.point(id);
      },
      press: (id, column) => {
        onPin(id === pinnedId ? null : { id, column });
      },
      key: (event, column, at) => {
        if (event.key === "Escape") onPin(null);
        const target = targetOf(event, columns, column, at);
        if (!target) return;
        event.preventDefault();
        board.current
          ?.querySelector<HTMLElement>(`[data-column="${target.column}"][data-row="${target.row}"]`)
          ?.focus();
      },
    }),
    [columns, onPin, pointer, pinnedId],
  );

  return (
    <div
      ref={board}
      className={classes.board}
      role="group"
      aria-label={strings.board}
      data-stale={stale}
      style={{ "--columns": columns.length } as CSSProperties}
    >
      {columns.map((column, place) => (
        <Fragment key={`${column.extractor} ${column.metric}`}>
          {place > 0 ? (
            <div className={classes.gap} style={{ gridColumn: 2 * place }}>
              <div className={classes.head} />
              <Links
                links={links[place - 1] ?? []}
                rows={Math.max(1, column.hits.length, columns[place - 1]?.hits.length ?? 0)}
                pointer={pointer}
                pinned={pinnedId}
              />
            </div>
          ) : null}
          <BoardColumn
            column={column}
            place={place}
            head={heads[place] ?? NO_HEAD}
            ranks={ranks}
            to={searchWith(column)}
            pointer={pointer}
            pinned={pinnedId}
            row={row}
            ranksId={ranksId}
            handlers={handlers}
          />
        </Fragment>
      ))}
      <div hidden>
        {[...ranks].map(([image, places]) => (
          <span key={image} id={ranksId(image)}>
            {ranksText(places, heads, k)}
          </span>
        ))}
      </div>
    </div>
  );
}

const NO_HEAD: Head = { name: "", short: "", more: "", formula: "", order: "" };

/** Where an image stands, in words. */
function ranksText(places: readonly (number | null)[], heads: readonly Head[], k: number): string {
  return places
    .map((rank, place) => {
      const name = heads[place]?.short ?? "";
      return rank === null ? strings.beyond(name, k) : strings.rank(name, rank);
    })
    .join("; ");
}

/** Where a key leads: up and down in a column, left and right to the same row of the next one that has images. */
function targetOf({ key }: KeyboardEvent, columns: readonly Column[], column: number, row: number) {
  const last = (columns[column]?.hits.length ?? 1) - 1;
  switch (key) {
    case "ArrowDown":
      return { column, row: Math.min(last, row + 1) };
    case "ArrowUp":
      return { column, row: Math.max(0, row - 1) };
    case "Home":
      return { column, row: 0 };
    case "End":
      return { column, row: last };
    case "ArrowLeft":
    case "ArrowRight": {
      const step = key === "ArrowRight" ? 1 : -1;
      let next = column + step;
      while (columns[next]?.hits.length === 0) next += step;
      const there = columns[next];
      return there ? { column: next, row: Math.min(row, there.hits.length - 1) } : null;
    }
    default:
      return null;
  }
}
