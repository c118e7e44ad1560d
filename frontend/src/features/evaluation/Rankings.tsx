import { Button, Text, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useRanking } from "./api";
import { fileOf } from "./format";
import classes from "./Queries.module.css";
import { Ranking } from "./Ranking";
import { rankingOf } from "./reportState";
import type { ViewProps } from "./settle";
import { strings } from "./strings";
import { Thumbnail } from "./Thumbnail";

const texts = strings.ranking;
/** Pixels up to which the list and a ranking do not stand side by side. */
const NARROW = 900;

/** The rankings of one query by one result, or by two of them side by side. */
export function Rankings({ report, state, change }: ViewProps) {
  const { data } = useRanking(report.name, rankingOf(state.cell, state));
  const query = data?.query;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // on a phone the list gives way to this
    if (window.innerWidth <= NARROW) heading.current?.focus();
  }, []);
  const results = [state.chosen, state.other].filter((one) => one !== undefined);
  return (
    <section aria-labelledby="ranking-title">
      <Button
        className={classes.backToList ?? ""}
        variant="default"
        h={44}
        mb="sm"
        leftSection={<IconArrowLeft size={18} aria-hidden />}
        onClick={() => {
          change({ query: "" });
        }}
      >
        {texts.backToList}
      </Button>
      <div className={classes.asked}>
        {query ? (
          <Thumbnail
            className={classes.queryPicture}
            address={query.thumbnail}
            size={320}
            name={texts.query}
          />
        ) : null}
        <div className={classes.about}>
          <Title
            order={2}
            size="h4"
            id="ranking-title"
            tabIndex={-1}
            ref={heading}
            className={classes.title ?? ""}
          >
            {texts.title}
          </Title>
          <Text size="sm" className={classes.breaks ?? ""}>
            {query ? [query.labels.join(", "), fileOf(query.path)].filter(Boolean).join(" · ") : state.query}
          </Text>
          {query?.crop ? (
            <Text size="sm" c="dimmed">
              {strings.list.part} ({query.crop})
            </Text>
          ) : null}
        </div>
      </div>
      <div className={classes.rankings} data-two={results.length > 1}>
        {results.map((result) => (
          <Ranking key={result.key} report={report.name} result={result} state={state} />
        ))}
      </div>
    </section>
  );
}
