import { formatScore, formatShare } from "@/lib/scores";
import classes from "./ScoreBadge.module.css";
import { strings } from "./strings";

interface Props {
  readonly score: number;
  /** The share of random pairs that are farther apart; null where unknown. */
  readonly closeness: number | null;
  /** In words, where there is room. */
  readonly long?: boolean;
}

/** A native score, and how close that is among pairs of the collection. */
export function ScoreBadge({ score, closeness, long = false }: Props) {
  const share = closeness === null ? null : formatShare(closeness);
  return (
    <span className={classes.badge} title={share === null ? undefined : strings.closeness(share)}>
      <span className={classes.line}>
        <span className={classes.score}>{formatScore(score)}</span>
        {share === null ? null : (
          <span className={classes.share}>{long ? strings.closeness(share) : share}</span>
        )}
      </span>
      {closeness === null ? null : (
        <span
          className={classes.track}
          style={{ backgroundSize: `${Math.max(0, Math.min(1, closeness)) * 100}% 100%` }}
        />
      )}
    </span>
  );
}
