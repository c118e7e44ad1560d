import { memo, useEffect, useState, type ReactNode } from "react";
import type { PlacedRow } from "@/lib/justify";
import classes from "./PictureGrid.module.css";

export interface Picture {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly thumbnail: string;
  /** What it is called, for those who do not see it. */
  readonly name: string;
}

/** How the pictures of a grid are drawn; the same object as long as nothing of it changes. */
export interface Drawing<P extends Picture> {
  readonly onOpen: (index: number) => void;
  readonly onFocus: (index: number) => void;
  readonly opens: (name: string) => string;
  readonly caption: ((picture: P) => ReactNode) | undefined;
  readonly captionHeight: number;
  readonly actions: ((picture: P, tabIndex: 0 | -1) => ReactNode) | undefined;
  readonly frame: ((picture: P) => "liked" | "disliked" | undefined) | undefined;
}

interface RowProps<P extends Picture> {
  readonly row: PlacedRow;
  readonly number: number;
  readonly top: number;
  readonly pictures: readonly P[];
  /** The index of the picture that Tab leads to, where it is in this row; else -1. */
  readonly current: number;
  readonly drawing: Drawing<P>;
  readonly isScrolling: () => boolean;
}

/** After so long in sight a row that came by scrolling gets its buttons; those that fly past need none. */
const SETTLED_MS = 150;

function DrawnRow<P extends Picture>(props: RowProps<P>) {
  const { row, number, top, pictures, current, drawing, isScrolling } = props;
  const [settled, setSettled] = useState(() => !isScrolling());
  useEffect(() => {
    if (settled) return undefined;
    const timer = setTimeout(() => {
      setSettled(true);
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [settled]);
  return (
    <div
      role="row"
      aria-rowindex={number}
      className={classes.row}
      style={{ transform: `translateY(${top}px)` }}
    >
      {row.widths.map((width, column) => {
        const index = row.start + column;
        const picture = pictures[index];
        if (!picture) return null;
        return (
          <Cell
            key={picture.id}
            picture={picture}
            index={index}
            width={width}
            height={row.height}
            active={index === current}
            settled={settled}
            drawing={drawing}
          />
        );
      })}
    </div>
  );
}

/** Scrolling draws rows that come into sight, and leaves those that are there alone. */
export const PictureRow = memo(DrawnRow) as typeof DrawnRow;

interface CellProps<P extends Picture> {
  readonly picture: P;
  readonly index: number;
  readonly width: number;
  readonly height: number;
  readonly active: boolean;
  readonly settled: boolean;
  readonly drawing: Drawing<P>;
}

function DrawnCell<P extends Picture>(props: CellProps<P>) {
  const { picture, index, width, height, active, settled, drawing } = props;
  const { opens, caption, captionHeight, actions, frame } = drawing;
  const tabIndex = active ? 0 : -1;
  return (
    <div
      role="gridcell"
      className={classes.cell}
      style={{ width }}
      onFocus={() => {
        drawing.onFocus(index);
      }}
    >
      <div className={classes.frame} data-frame={frame?.(picture)} style={{ height }}>
        <button
          type="button"
          className={classes.open}
          data-index={index}
          tabIndex={tabIndex}
          aria-label={opens(picture.name)}
          onClick={() => {
            drawing.onOpen(index);
          }}
        >
          <img
            className={classes.image}
            src={`${picture.thumbnail}?size=320`}
            srcSet={`${picture.thumbnail}?size=320 320w, ${picture.thumbnail}?size=640 640w`}
            sizes={`${width}px`}
            width={width}
            height={height}
            alt=""
            decoding="async"
            draggable={false}
          />
        </button>
        {actions && (settled || active) ? (
          <div className={classes.actions}>{actions(picture, tabIndex)}</div>
        ) : null}
      </div>
      {caption ? (
        <div className={classes.caption} style={{ height: captionHeight }}>
          {caption(picture)}
        </div>
      ) : null}
    </div>
  );
}

const Cell = memo(DrawnCell) as typeof DrawnCell;
