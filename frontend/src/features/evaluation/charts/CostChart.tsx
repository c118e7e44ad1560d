import type { Result } from "../api";
import { meanOf, nameOf } from "../results";
import classes from "./charts.module.css";
import { Frame, MARGIN } from "./Frame";
import { Point } from "./Mark";
import { logarithmic, upTo } from "./scales";
import type { Style } from "./style";
import { useWidth } from "./useWidth";

interface Props {
  readonly results: readonly Result[];
  readonly measure: string;
  readonly cost: (result: Result) => number;
  /** Those that nothing beats, cheapest first. */
  readonly best: readonly Result[];
  readonly styles: ReadonlyMap<string, Style>;
  readonly label: string;
  readonly xTitle: string;
  readonly xText: (value: number) => string;
  readonly tell: (result: Result) => string;
}

const HEIGHT = 320;

/** Quality by cost: a point a result, those that none beats in both joined by steps. */
export function CostChart({ results, measure, cost, best, styles, label, xTitle, xText, tell }: Props) {
  const { ref, width } = useWidth();
  const x = logarithmic(results.map(cost), MARGIN.left, width - MARGIN.right);
  const y = upTo(
    Math.max(0, ...results.map((one) => meanOf(one, measure))),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  );
  const place = (one: Result) => ({ x: x.at(cost(one)), y: y.at(Math.max(0, meanOf(one, measure))) });
  const steps = best.map(place).map((at, index) => (index ? `H${at.x}V${at.y}` : `M${at.x} ${at.y}`));
  return (
    <div ref={ref}>
      <svg className={classes.chart} width={width} height={HEIGHT} role="img" aria-label={label}>
        <Frame
          width={width}
          height={HEIGHT}
          x={x}
          y={y}
          xTitle={xTitle}
          yTitle={measure}
          xText={xText}
          yText={(value) => value.toFixed(1)}
        >
          <path className={classes.frontier} d={steps.join("")} />
          {results.map((one) => {
            const style = styles.get(one.key);
            return style ? (
              <g key={one.key}>
                <title>{tell(one)}</title>
                <Point style={style} {...place(one)} filled={best.includes(one)} />
              </g>
            ) : null;
          })}
          {labelled(
            best.map((one) => ({ name: nameOf(one), ...place(one) })),
            results.map(place),
            width,
          ).map(({ name, x: left, y: top, anchor }) => (
            <text key={name} className={classes.pointName} x={left} y={top} textAnchor={anchor}>
              {name}
            </text>
          ))}
        </Frame>
      </svg>
    </div>
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
}

interface Named extends Place {
  readonly name: string;
}

const LETTER = 7;
const LINE = 15;
const AWAY = 9;
const MARK = 8;

/** Where the names of points stand: the best one's always, others' where they cover nothing; the table has them all. */
function labelled(points: readonly Named[], all: readonly Place[], width: number) {
  const taken = all.map(({ x, y }) => ({ left: x - MARK, right: x + MARK, y: y + LINE / 3 }));
  return [...points].reverse().flatMap(({ name, x, y }, place) => {
    const length = name.length * LETTER;
    const { anchor, left } = within(x, length, width);
    const top = y - AWAY;
    const covers = taken.some(
      (one) => left < one.right && left + length > one.left && Math.abs(top - one.y) < LINE - 2,
    );
    if (covers && place > 0) return [];
    taken.push({ left, right: left + length, y: top });
    return [{ name, x, y: top, anchor }];
  });
}

/** On which side of its point a name fits. */
function within(x: number, length: number, width: number) {
  const sides = [
    { anchor: "start", left: x },
    { anchor: "end", left: x - length },
    { anchor: "middle", left: x - length / 2 },
  ] as const;
  const fits = ({ left }: { readonly left: number }) => left >= MARGIN.left && left + length <= width;
  return sides.find(fits) ?? sides[2];
}
