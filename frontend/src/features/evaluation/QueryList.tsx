import { Button, Skeleton, Text, VisuallyHidden } from "@mantine/core";
import { ProblemNotice } from "@/components/ProblemNotice";
import type { GradedQuery, useQueries } from "./api";
import { fileOf, formatDifference, formatMean } from "./format";
import classes from "./Queries.module.css";
import { strings } from "./strings";
import { Thumbnail } from "./Thumbnail";

const texts = strings.list;

interface Props {
  readonly found: ReturnType<typeof useQueries>;
  readonly measure: string;
  /** The name of the query that is shown. */
  readonly chosen: string;
  /** Whether another result's grades stand beside. */
  readonly compared: boolean;
  readonly onChosen: (name: string) => void;
}

/** Queries with their grades, a page at a time. */
export function QueryList({ found, measure, chosen, compared, onChosen }: Props) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetching } = found;
  if (error && !data) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (!data) {
    return (
      <div role="status" aria-label={strings.loading}>
        {[1, 2, 3, 4, 5].map((place) => (
          <Skeleton key={place} height={72} mb={8} />
        ))}
      </div>
    );
  }
  const queries = data.pages.flatMap((page) => page.queries);
  const total = data.pages[0]?.total ?? 0;
  return (
    <>
      <Text size="sm" c="dimmed" aria-live="polite">
        {total === 0 ? texts.empty : texts.found(total, measure)}
      </Text>
      <ul className={classes.list} aria-busy={isFetching} aria-label={texts.title}>
        {queries.map((query) => (
          <li key={query.name}>
            <Entry
              query={query}
              compared={compared}
              chosen={query.name === chosen}
              onChosen={() => {
                onChosen(query.name);
              }}
            />
          </li>
        ))}
      </ul>
      {error ? <ProblemNotice error={error} retry={() => void fetchNextPage()} /> : null}
      {hasNextPage ? (
        <Button variant="default" h={44} fullWidth loading={isFetching} onClick={() => void fetchNextPage()}>
          {texts.more(total - queries.length)}
        </Button>
      ) : null}
    </>
  );
}

interface EntryProps {
  readonly query: GradedQuery;
  readonly compared: boolean;
  readonly chosen: boolean;
  readonly onChosen: () => void;
}

function Entry({ query, compared, chosen, onChosen }: EntryProps) {
  const { path, labels, crop, relevant, grade, against, thumbnail } = query;
  return (
    <button
      type="button"
      id={entryId(query.name)}
      className={classes.entry}
      aria-current={chosen}
      onClick={onChosen}
    >
      <Thumbnail className={classes.small} address={thumbnail} size={160} name="" />
      <span className={classes.about}>
        <VisuallyHidden>{texts.open("")} </VisuallyHidden>
        <span className={classes.label}>{labels.join(", ") || fileOf(path)}</span>
        <span className={classes.detail}>{labels.length > 0 ? fileOf(path) : null}</span>
        <span className={classes.detail}>
          {crop ? `${texts.part} · ` : null}
          {texts.relevant(relevant)}
        </span>
      </span>
      <span className={classes.grade}>
        <strong>{formatMean(grade)}</strong>
        {compared && against !== null ? (
          <>
            <span className={classes.detail}>
              <VisuallyHidden>{texts.second} </VisuallyHidden>
              {formatMean(against)}
            </span>
            <span>{formatDifference(grade - against)}</span>
          </>
        ) : null}
      </span>
    </button>
  );
}

export function entryId(query: string): string {
  return `query-${query}`;
}
