import { formatScore } from "@/lib/scores";
import classes from "./PairedBars.module.css";
import { strings } from "./strings";

interface Props {
  readonly query: number;
  readonly hit: number;
  /** What a full bar stands for. */
  readonly full: number;
}

/** The query's value above the image's, each with its number; negative values are paler, and their number has its sign. */
export function PairedBars({ query, hit, full }: Props) {
  const bars = [
    { side: "query", name: strings.query, value: query },
    { side: "hit", name: strings.hit, value: hit },
  ];
  return (
    <span className={classes.bars}>
      {bars.map(({ side, name, value }) => (
        <span key={side} className={classes.bar}>
          <span className={classes.name}>{name}</span>
          <svg className={classes.track} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden>
            <rect
              className={classes.fill}
              data-side={side}
              data-negative={value < 0}
              width={full > 0 ? (100 * Math.abs(value)) / full : 0}
              height="8"
            />
          </svg>
          <span className={classes.value}>{formatScore(value)}</span>
        </span>
      ))}
    </span>
  );
}
