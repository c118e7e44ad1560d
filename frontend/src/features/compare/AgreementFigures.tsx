import { Text, Title } from "@mantine/core";
import { formatOverlap, formatTau, leastOf, matrixOf, places, type Agreement } from "./agreement";
import classes from "./ComparePage.module.css";
import type { Head } from "./heads";
import { Matrix } from "./Matrix";
import { strings } from "./strings";

interface Props {
  readonly agreements: readonly Agreement[];
  readonly heads: readonly Head[];
  readonly k: number;
}

/** Which two columns agree least, in a sentence. */
export function leastText(agreements: Props["agreements"], heads: readonly Head[]): string {
  const least = leastOf(agreements);
  if (!least) return "";
  if (least.kendall === 1 && least.overlap === 1) return strings.allAgree;
  const [a, b] = places(least);
  return strings.least(
    heads[a]?.short ?? "",
    heads[b]?.short ?? "",
    strings.common(formatOverlap(least.overlap)),
    formatTau(least.kendall),
  );
}

/** How far every two columns agree. */
export function AgreementFigures({ agreements, heads, k }: Props) {
  const least = leastOf(agreements);
  const shared = {
    names: heads.map(({ short }) => short),
    least: least && heads.length > 2 ? places(least) : null,
  };
  return (
    <section className={classes.agreement} id="agreement" aria-labelledby="agreement-title" tabIndex={-1}>
      <Title order={2} size="h4" id="agreement-title">
        {strings.agreement}
      </Title>
      <Text size="sm" mt={4} mb="md">
        {leastText(agreements, heads)} {shared.least ? strings.leastMark : ""}
      </Text>
      <div className={classes.matrices}>
        <Matrix
          title={strings.overlap(k)}
          explanation={strings.overlapMore(k)}
          values={matrixOf(heads.length, agreements, "overlap")}
          format={formatOverlap}
          {...shared}
        />
        <Matrix
          title={strings.kendall}
          explanation={strings.kendallMore}
          values={matrixOf(heads.length, agreements, "kendall")}
          format={formatTau}
          {...shared}
        />
      </div>
    </section>
  );
}
