import { memo } from "react";
import classes from "./Board.module.css";
import { useActive, type Pointer } from "./pointer";
import type { Link } from "./ranks";

interface Props {
  readonly links: readonly Link[];
  /** Rows of the longer of the two columns; a unit of the drawing is a row's height. */
  readonly rows: number;
  readonly pointer: Pointer;
  readonly pinned: string | null;
}

/** How far across a line goes that reaches no image on the other side. */
const STUB = 38;
const BAR = 0.14;

/** The lines between two neighbouring columns: all of them thin, the followed image's thick and with its ends marked. */
export const Links = memo(function Links({ links, rows, pointer, pinned }: Props) {
  const active = useActive(pointer, pinned);
  const followed = links.find(({ id }) => id === active);
  return (
    <svg
      className={classes.links}
      viewBox={`0 0 100 ${rows}`}
      preserveAspectRatio="none"
      style={{ height: `calc(var(--row) * ${rows})` }}
      aria-hidden
    >
      <Every links={links} />
      {followed ? (
        <g data-link={followed.kind} data-image={followed.id} data-ranks={ranksOf(followed)}>
          <path className={classes.casing} d={shapeOf(followed)} />
          <path className={classes.followed} data-kind={followed.kind} d={shapeOf(followed)} />
          <path className={classes.ends} d={endsOf(followed)} />
        </g>
      ) : null}
    </svg>
  );
});

const Every = memo(function Every({ links }: { readonly links: readonly Link[] }) {
  const lines = links.filter(({ kind }) => kind === "line");
  return <path className={classes.every} d={lines.map(shapeOf).join("")} />;
});

function middle(rank: number): number {
  return rank - 0.5;
}

function shapeOf(link: Link): string {
  switch (link.kind) {
    case "line":
      return `M0,${middle(link.from)}C50,${middle(link.from)} 50,${middle(link.to)} 100,${middle(link.to)}`;
    case "leaves":
      return stub(middle(link.from), 0, STUB);
    case "comes":
      return stub(middle(link.to), 100, 100 - STUB);
  }
}

/** A short line that ends at a bar. */
function stub(y: number, from: number, to: number): string {
  return `M${from},${y}H${to}M${to},${y - BAR}V${y + BAR}`;
}

function endsOf(link: Link): string {
  const dot = (x: number, rank: number) => `M${x},${middle(rank)}h0.01`;
  const start = link.kind === "comes" ? "" : dot(0, link.from);
  return link.kind === "leaves" ? start : start + dot(100, link.to);
}

function ranksOf(link: Link): string {
  return `${link.kind === "comes" ? "" : link.from}-${link.kind === "leaves" ? "" : link.to}`;
}
