import { Button, Text, Title } from "@mantine/core";
import { IconArrowUpRight, IconEqual } from "@tabler/icons-react";
import { useState } from "react";
import classes from "./Comparisons.module.css";
import { formatInterval, formatMean, formatP } from "./format";
import { verdicts, type Verdict } from "./results";
import type { ViewProps } from "./settle";
import { strings } from "./strings";

const texts = strings.comparisons;
const FEW = 6;

/** Which differences chance does not explain, in plain words. */
export function Comparisons({ report, state }: ViewProps) {
  const [all, setAll] = useState(false);
  const found = verdicts(report, state.measure);
  const shown = all ? found : found.slice(0, FEW);
  return (
    <section aria-labelledby="comparisons-title">
      <Title order={2} size="h4" id="comparisons-title">
        {texts.title}
      </Title>
      {found.length === 0 ? (
        <Text size="sm">{texts.none(state.measure)}</Text>
      ) : (
        <Text size="sm" c="dimmed">
          {texts.summary(found.filter((one) => one.significant).length, found.length)}
        </Text>
      )}
      <ul className={classes.list}>
        {shown.map((one) => (
          <li key={one.key} className={classes.one} data-significant={one.significant}>
            {one.significant ? (
              <IconArrowUpRight size={20} aria-label={texts.real} role="img" />
            ) : (
              <IconEqual size={20} aria-label={texts.unclear} role="img" />
            )}
            <span>
              <Sentence verdict={one} />{" "}
              <span className={classes.on}>
                {texts.on(one.ahead, one.behind, report.queries - one.ahead - one.behind)}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {found.length > FEW ? (
        <Button
          variant="default"
          h={44}
          onClick={() => {
            setAll(!all);
          }}
        >
          {all ? texts.fewer : texts.more(found.length)}
        </Button>
      ) : null}
    </section>
  );
}

function Sentence({ verdict }: { readonly verdict: Verdict }) {
  const { better, worse, by, low, high, p, significant } = verdict;
  const figures = [formatMean(by), formatInterval([low, high]), formatP(p)] as const;
  if (significant) {
    const [first, is, second] = texts.better(better, worse);
    return (
      <span>
        <strong>{first}</strong>
        {is}
        {second} {texts.by(...figures)}
      </span>
    );
  }
  const [no, first, and, second] = texts.alike(better, worse);
  return (
    <span>
      {no}
      <strong>{first}</strong>
      {and}
      <strong>{second}</strong>
      {texts.alikeBy(...figures)}
    </span>
  );
}
