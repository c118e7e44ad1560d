import { Button, Group, Loader, Text, Title, VisuallyHidden } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { lazy, memo, Suspense, useCallback, useMemo, useState } from "react";
import { Link } from "react-router";
import { PictureGrid } from "@/components/PictureGrid";
import { ScoreBadge } from "@/components/ScoreBadge";
import { compareLink } from "@/lib/links";
import { remembered } from "@/lib/remembered";
import { formatScore } from "@/lib/scores";
import type { SearchState } from "@/lib/searchState";
import { useSearch, type Answer, type Hit } from "./api";
import { ExportMenu } from "./ExportMenu";
import { HitActions } from "./HitActions";
import { NothingFound, SearchProblem, NothingSimilar } from "./Notices";
import classes from "./Results.module.css";
import { strings } from "./strings";
import type { Change } from "./useSearchState";

const HitLightbox = lazy(() => import("./HitLightbox").then((module) => ({ default: module.HitLightbox })));

interface Props {
  readonly state: SearchState;
  readonly change: Change;
  /** A picture is on its way, so what is shown belongs to an earlier one. */
  readonly sending: boolean;
}

const CAPTION = 42;
/** With a line for near-duplicates. */
const LONG_CAPTION = 58;

/** The ranking. While another is under way it stays where it is, paler. */
export function Results({ state, change, sending }: Props) {
  const [open, setOpen] = useState<number | null>(null);
  const search = useSearch(state);
  const { data, error, isFetching, isPlaceholderData, hasNextPage, isFetchingNextPage, fetchNextPage } =
    search;
  const first = data?.pages[0];
  const pictures = useMemo(() => (data?.pages ?? []).flatMap((page) => page.hits).map(toPicture), [data]);
  const onReachEnd = useCallback(() => {
    if (!isFetchingNextPage && !isPlaceholderData) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage, isPlaceholderData]);
  const actions = useCallback(
    (hit: HitPicture, tabIndex: 0 | -1) => (
      <HitActions id={hit.id} state={state} change={change} tabIndex={tabIndex} />
    ),
    [state, change],
  );
  const frame = useCallback(
    ({ id }: HitPicture) =>
      state.likes.includes(id) ? "liked" : state.dislikes.includes(id) ? "disliked" : undefined,
    [state],
  );
  const below = isFetchingNextPage ? strings.more : pictures.length > 0 && !hasNextPage ? strings.end : "";
  const stale = isPlaceholderData || sending || (error !== null && first !== undefined);

  return (
    <section aria-label={strings.results} aria-busy={isFetching} className={classes.results}>
      <Head
        state={state}
        first={first}
        failed={error !== null}
        fetching={isFetching && !isFetchingNextPage}
      />
      {error ? (
        <SearchProblem error={error} state={state} change={change} retry={() => void search.refetch()} />
      ) : null}
      {first?.nothing_similar && pictures.length > 0 && !stale ? <NothingSimilar /> : null}
      {first && pictures.length === 0 && !stale ? <NothingFound state={state} change={change} /> : null}
      <div className={classes.hits} data-stale={stale}>
        {pictures.length > 0 ? (
          <PictureGrid
            key={first ? `${first.extractor} ${first.metric}` : ""}
            label={strings.results}
            pictures={pictures}
            onOpen={setOpen}
            captionHeight={state.collapse ? LONG_CAPTION : CAPTION}
            caption={hitCaption}
            actions={actions}
            frame={frame}
            hasMore={hasNextPage}
            onReachEnd={onReachEnd}
          />
        ) : null}
      </div>
      <div aria-live="polite" className={classes.below}>
        {below ? (
          <Text key={data?.pages.length} size="sm" c="dimmed" ta="center" py="md">
            {below}
          </Text>
        ) : null}
      </div>
      {open === null ? null : (
        <Suspense>
          <HitLightbox
            hits={pictures}
            index={open}
            state={state}
            change={change}
            onMove={setOpen}
            onClose={() => {
              setOpen(null);
            }}
          />
        </Suspense>
      )}
    </section>
  );
}

interface HeadProps {
  readonly state: SearchState;
  readonly first: Answer | undefined;
  readonly failed: boolean;
  readonly fetching: boolean;
}

/** How many were found and how, and what can be done with all of them. Pages that come later leave it alone. */
const Head = memo(function Head({ state, first, failed, fetching }: HeadProps) {
  return (
    <>
      <Group justify="space-between" mb={4} gap="xs" mih={44} wrap="nowrap">
        <Summary first={first} failed={failed} fetching={fetching} />
        {first ? (
          <Group gap={8} wrap="nowrap">
            <Button
              component={Link}
              to={compareLink(state)}
              variant="default"
              size="sm"
              mih={44}
              leftSection={<IconColumns3 size={18} aria-hidden />}
            >
              {strings.compare}
            </Button>
            <ExportMenu state={state} total={first.total} />
          </Group>
        ) : null}
      </Group>
      {first && first.total > 0 ? (
        <Text size="xs" c="dimmed" mb="xs">
          {strings.reading} <VisuallyHidden>{strings.keys}</VisuallyHidden>
        </Text>
      ) : null}
    </>
  );
});

function Summary({ first, failed, fetching }: Omit<HeadProps, "state">) {
  return (
    <div role="status" className={classes.summary}>
      <Title order={2} size="h5">
        {first
          ? strings.found(first.total, first.total_is_exact)
          : failed
            ? strings.results
            : strings.searching}
      </Title>
      {first ? (
        <Text size="xs" c="dimmed">
          {strings.by(first.extractor, first.metric)} · {first.exact ? strings.exact : strings.approximate} ·{" "}
          {strings.took(first.took_ms)}
        </Text>
      ) : null}
      {fetching ? <Loader size="xs" aria-label={strings.searching} /> : null}
    </div>
  );
}

function hitCaption(hit: Hit) {
  return (
    <>
      <ScoreBadge score={hit.score} closeness={hit.closeness} />
      {hit.collapsed.length > 0 ? (
        <span className={classes.collapsed}>{strings.collapsed(hit.collapsed.length)}</span>
      ) : null}
    </>
  );
}

type HitPicture = ReturnType<typeof toPicture>;

const toPicture = remembered((hit: Hit) => ({
  ...hit,
  name: strings.hitOpens(hit.rank, strings.hitName(hit.path, hit.labels), formatScore(hit.score)),
}));
