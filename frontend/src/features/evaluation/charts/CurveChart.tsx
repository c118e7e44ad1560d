import type { PointerEvent } from "react";
import classes from "./charts.module.css";
import { Frame, MARGIN } from "./Frame";
import { upTo, type Scale } from "./scales";
import type { Style } from "./style";
import { useWidth } from "./useWidth";

export interface Curve {
  readonly key: string;
  readonly name: string;
  readonly values: readonly number[];
  readonly style: Style;
}

interface Props {
  readonly curves: readonly Curve[];
  /** The last rank. */
  readonly depth: number;
  /** The rank that is being read. */
  readonly rank: number;
  readonly onRank: (rank: number) => void;
  /** The curve that stands out; null for none. */
  readonly lit: string | null;
  readonly label: string;
  readonly xTitle: string;
  readonly yTitle: string;
}

const HEIGHT = 340;

/** Curves over ranks. What stands at a rank is read with the pointer, or by the slider below. */
export function CurveChart({ curves, depth, rank, onRank, lit, label, xTitle, yTitle }: Props) {
  const { ref, width } = useWidth();
  const most = Math.max(0, ...curves.flatMap(({ values }) => values));
  const x = ranks(depth, MARGIN.left, width - MARGIN.right);
  const y = upTo(most, HEIGHT - MARGIN.bottom, MARGIN.top);
  const read = (event: PointerEvent<SVGSVGElement>) => {
    const place = event.clientX - event.currentTarget.getBoundingClientRect().left - MARGIN.left;
    const share = place / (width - MARGIN.left - MARGIN.right);
    onRank(Math.min(depth, Math.max(1, Math.round(1 + share * (depth - 1)))));
  };
  return (
    <div ref={ref}>
      <svg
        className={classes.chart}
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={label}
        onPointerMove={read}
        onPointerDown={read}
      >
        <Frame
          width={width}
          height={HEIGHT}
          x={x}
          y={y}
          xTitle={xTitle}
          yTitle={yTitle}
          xText={String}
          yText={(value) => value.toFixed(most > 0.2 ? 1 : 2)}
        >
          <line
            className={classes.reading}
            x1={x.at(rank)}
            x2={x.at(rank)}
            y1={MARGIN.top}
            y2={HEIGHT - MARGIN.bottom}
          />
          {curves.map(({ key, name, values, style }) => (
            <g key={key} data-colour={style.colour} data-faded={lit !== null && lit !== key}>
              <path
                className={classes.curve}
                d={values
                  .map((value, place) => `${place ? "L" : "M"}${x.at(place + 1)} ${y.at(value)}`)
                  .join("")}
                strokeDasharray={style.dash}
                data-lit={lit === key}
              >
                <title>{name}</title>
              </path>
              {values[rank - 1] === undefined ? null : (
                <circle className={classes.dot} cx={x.at(rank)} cy={y.at(values[rank - 1] ?? 0)} r={4} />
              )}
            </g>
          ))}
        </Frame>
      </svg>
    </div>
  );
}

/** From the first rank to the last. */
function ranks(depth: number, from: number, to: number): Scale {
  const step = depth > 50 ? 20 : 10;
  const ticks = Array.from({ length: Math.floor(depth / step) }, (_, place) => (place + 1) * step);
  return {
    at: (rank) => (depth > 1 ? from + ((rank - 1) / (depth - 1)) * (to - from) : from),
    ticks: [1, ...ticks],
  };
}
