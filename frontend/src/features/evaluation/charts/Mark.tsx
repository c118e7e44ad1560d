import classes from "./charts.module.css";
import type { Style } from "./style";

interface LineProps {
  readonly style: Style;
  readonly width?: number;
}

/** How a curve looks, for its entry in the legend. */
export function LineSample({ style, width = 44 }: LineProps) {
  return (
    <svg width={width} height={12} aria-hidden className={classes.sample} data-colour={style.colour}>
      <line x1={1} x2={width - 1} y1={6} y2={6} className={classes.curve} strokeDasharray={style.dash} />
    </svg>
  );
}

interface PointProps {
  readonly style: Style;
  readonly x: number;
  readonly y: number;
  readonly filled: boolean;
}

const R = 6;
const OUTLINES: Readonly<Record<Style["shape"], string>> = {
  circle: `M${-R} 0a${R} ${R} 0 1 0 ${2 * R} 0a${R} ${R} 0 1 0 ${-2 * R} 0Z`,
  square: `M${-R + 1} ${-R + 1}h${2 * R - 2}v${2 * R - 2}h${2 - 2 * R}Z`,
  triangle: `M0 ${-R - 1}L${R + 1} ${R - 1}H${-R - 1}Z`,
  diamond: `M0 ${-R - 2}L${R + 2} 0L0 ${R + 2}L${-R - 2} 0Z`,
  plus: "M-2 -7h4v5h5v4h-5v5h-4v-5h-5v-4h5Z",
  cross: "M-6 -4l2 -2l4 4l4 -4l2 2l-4 4l4 4l-2 2l-4 -4l-4 4l-2 -2l4 -4Z",
};

/** A point of a chart: its shape is the extractor's, filled where nothing is better at its cost. */
export function Point({ style, x, y, filled }: PointProps) {
  return (
    <path
      d={OUTLINES[style.shape]}
      transform={`translate(${x} ${y})`}
      className={classes.point}
      data-colour={style.colour}
      data-filled={filled}
    />
  );
}

export function PointSample({ style }: { readonly style: Style }) {
  return (
    <svg width={20} height={20} viewBox="-10 -10 20 20" aria-hidden>
      <Point style={style} x={0} y={0} filled />
    </svg>
  );
}
