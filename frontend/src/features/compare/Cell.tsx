import { VisuallyHidden } from "@mantine/core";
import { memo, type KeyboardEvent } from "react";
import { formatScore, formatShare } from "@/lib/scores";
import type { Hit } from "./api";
import classes from "./Board.module.css";
import { useIsActive, type Pointer } from "./pointer";
import { strings } from "./strings";

export interface CellHandlers {
  readonly point: (id: string | null) => void;
  readonly focus: (id: string, row: number) => void;
  readonly press: (id: string, column: number) => void;
  readonly key: (event: KeyboardEvent, column: number, row: number) => void;
}

interface Props {
  readonly hit: Hit;
  readonly column: number;
  readonly row: number;
  readonly pointer: Pointer;
  readonly pressed: boolean;
  readonly onlyHere: boolean;
  readonly tabIndex: 0 | -1;
  /** The id of the element that tells the image's ranks. */
  readonly ranksId: string;
  readonly handlers: CellHandlers;
}

/** An image of a column. While it is followed it stands out here and wherever else it is. */
export const Cell = memo(function Cell(props: Props) {
  const { hit, column, row, pointer, pressed, onlyHere, tabIndex, ranksId, handlers } = props;
  const active = useIsActive(pointer, hit.id, pressed);
  return (
    <button
      type="button"
      className={classes.cell}
      data-column={column}
      data-row={row}
      data-image={hit.id}
      data-active={active || undefined}
      aria-describedby={ranksId}
      aria-pressed={pressed}
      tabIndex={tabIndex}
      onPointerEnter={() => {
        handlers.point(hit.id);
      }}
      onPointerLeave={() => {
        handlers.point(null);
      }}
      onFocus={() => {
        handlers.focus(hit.id, row);
      }}
      onBlur={() => {
        handlers.point(null);
      }}
      onClick={() => {
        handlers.press(hit.id, column);
      }}
      onKeyDown={(event) => {
        handlers.key(event, column, row);
      }}
    >
      <span className={classes.thumb}>
        <img
          className={classes.image}
          src={`${hit.thumbnail}?size=160`}
          alt=""
          width={hit.width}
          height={hit.height}
          loading="lazy"
          decoding="async"
        />
        <span className={classes.rank}>{hit.rank}</span>
      </span>{" "}
      <span className={classes.figures}>
        <VisuallyHidden>
          {strings.hitName(hit.path, hit.labels)}, {strings.score}{" "}
        </VisuallyHidden>
        <span className={classes.score}>{formatScore(hit.score)}</span>{" "}
        {hit.closeness === null ? null : <span className={classes.share}>{formatShare(hit.closeness)}</span>}{" "}
        {onlyHere ? <span className={classes.only}>{strings.onlyHere}</span> : null}
      </span>
    </button>
  );
});
