import { Button, Skeleton, Text, Title, VisuallyHidden } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useId, useState } from "react";
import { ProblemNotice } from "@/components/ProblemNotice";
import { formatScore } from "@/lib/scores";
import { useRanking, type RankedImage, type RankingAnswer, type Result } from "./api";
import { fileOf, formatMean } from "./format";
import classes from "./Queries.module.css";
import { FIRST_RANKS, rankingOf, type ReportState } from "./reportState";
import { RelevanceStrip } from "./RelevanceStrip";
import { nameOf } from "./results";
import { strings } from "./strings";
import { Thumbnail } from "./Thumbnail";

const texts = strings.ranking;
const FIRST = 24;

interface Props {
  readonly report: string;
  readonly result: Result;
  readonly state: Pick<ReportState, "query" | "measure">;
}

/** What one result found: each image marked as relevant or not by a sign, a frame and words. */
export function Ranking({ report, result, state }: Props) {
  const [all, setAll] = useState(false);
  const title = useId();
  const { data, error, refetch } = useRanking(report, rankingOf(result.key, state, all));
  const shown = data && !all ? data.hits.slice(0, FIRST) : data?.hits;
  return (
    <section aria-labelledby={title} className={classes.ranking}>
      <Title order={3} size="h5" id={title} className={classes.breaks ?? ""}>
        {nameOf(result)}
      </Title>
      {shown && data ? (
        <>
          <Told ranking={data} />
          <RelevanceStrip hits={data.hits.slice(0, FIRST_RANKS)} />
          <ol className={classes.hits}>
            {shown.map((hit) => (
              <li key={hit.rank}>
                <RankedPicture hit={hit} labels={data.query.labels} />
              </li>
            ))}
          </ol>
          {shown.length < data.depth ? (
            <Button
              variant="default"
              h={44}
              onClick={() => {
                setAll(true);
              }}
            >
              {texts.more}
            </Button>
          ) : null}
        </>
      ) : error ? (
        <ProblemNotice error={error} retry={() => void refetch()} />
      ) : (
        <div role="status" aria-label={strings.loading}>
          <Skeleton height={260} />
        </div>
      )}
    </section>
  );
}

/** The ranking in a few sentences. */
function Told({ ranking: { hits, query, measure } }: { readonly ranking: RankingAnswer }) {
  if (hits.length === 0) return <Text size="sm">{texts.empty}</Text>;
  const found = hits.filter((hit) => hit.relevant);
  return (
    <Text size="sm" aria-live="polite">
      <strong>{texts.graded(measure, formatMean(query.grade))}</strong>{" "}
      {texts.found(found.length, hits.length, query.relevant)}{" "}
      {found[0] ? texts.firstAt(found[0].rank) : null}
    </Text>
  );
}

interface PictureProps {
  readonly hit: RankedImage;
  readonly labels: readonly string[];
}

function RankedPicture({ hit, labels }: PictureProps) {
  const Sign = hit.relevant ? IconCheck : IconX;
  const shared = hit.labels.filter((label) => labels.includes(label));
  const named = (shared.length > 0 ? shared : hit.labels).join(", ") || fileOf(hit.path);
  return (
    <figure className={classes.hit} data-relevant={hit.relevant}>
      <span className={classes.rank}>
        <VisuallyHidden>{texts.rank("")}</VisuallyHidden>
        {hit.rank}
      </span>
      <Thumbnail className={classes.hitPicture} address={hit.thumbnail} size={160} name={fileOf(hit.path)} />
      <figcaption className={classes.hitText}>
        <span className={classes.verdict}>
          <Sign size={16} aria-hidden />
          {hit.relevant ? texts.relevant : texts.not}
        </span>
        <span className={classes.hitLabel} title={hit.path}>
          {named}
        </span>
        <span className={classes.detail}>
          {texts.score} {formatScore(hit.score)}
        </span>
      </figcaption>
    </figure>
  );
}
