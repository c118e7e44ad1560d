import { Text, Title } from "@mantine/core";
import { formatScore } from "@/lib/scores";
import type { Explanation } from "./api";
import classes from "./ScoreMade.module.css";
import { strings } from "./strings";

/** The formula of the score, and the two sums that it is made of. */
export function ScoreMade({ explanation }: { readonly explanation: Explanation }) {
  const { apart, together, score, formula, larger_is_better: larger, dims } = explanation;
  const total = apart + together;
  return (
    <section className={classes.box} aria-labelledby="score-made">
      <Title order={2} size="h4" id="score-made">
        {strings.scoreTitle}
      </Title>
      <dl className={classes.sums}>
        <div>
          <dt>{strings.score}</dt>
          <dd className={classes.large}>{formatScore(score)}</dd>
          <dd className={classes.note}>{larger ? strings.larger : strings.smaller}</dd>
        </div>
        <div>
          <dt>{strings.sumOf("together")}</dt>
          <dd className={classes.large}>{formatScore(together)}</dd>
        </div>
        <div>
          <dt>{strings.sumOf("apart")}</dt>
          <dd className={classes.large}>{formatScore(apart)}</dd>
        </div>
      </dl>
      {total > 0 ? (
        <svg className={classes.balance} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
          <rect className={classes.together} width={(100 * together) / total} height="10" />
          <rect
            className={classes.apart}
            x={(100 * together) / total}
            width={(100 * apart) / total}
            height="10"
          />
        </svg>
      ) : null}
      <dl className={classes.formula}>
        <dt>{strings.follows}</dt>
        <dd>{formula.score}</dd>
        <dt>{strings.eachTogether}</dt>
        <dd>{formula.together}</dd>
        <dt>{strings.eachApart}</dt>
        <dd>{formula.apart}</dd>
      </dl>
      <Text size="xs" c="dimmed">
        {strings.numbers(dims)}. {strings.formulaKey}
      </Text>
    </section>
  );
}
