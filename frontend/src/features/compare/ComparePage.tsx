import { Text, Title } from "@mantine/core";
import { useMemo, useState } from "react";
import { Navigate } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import type { Schemas } from "@/lib/api";
import { useCollections, useExtractors, useMetrics } from "@/lib/catalogue";
import { goneField } from "@/lib/gone";
import { canSearch } from "@/lib/searchState";
import { collectionOf, settled } from "@/lib/settled";
import { Answer } from "./Answer";
import { useComparison, type Comparison } from "./api";
import classes from "./ComparePage.module.css";
import type { CompareState } from "./compareState";
import { Controls } from "./Controls";
import { CollectionGone, CompareProblem, EmptyCollection, LeftOutList, TooFew } from "./Notices";
import { FEWEST_COLUMNS, planOf, type Catalogue } from "./plan";
import { QueryBox } from "./QueryBox";
import { Starts } from "./Starts";
import { strings } from "./strings";
import { useCompareState, type Change } from "./useCompareState";
import { Waiting } from "./Waiting";

/** The same query under several metrics or descriptors, side by side. */
export function ComparePage() {
  return (
    <div className={classes.page}>
      <title>{strings.title}</title>
      <Title order={1} size="h3">
        {strings.heading}
      </Title>
      <Loaded />
    </div>
  );
}

/** What there is to compare with, as soon as it is known. */
function Loaded() {
  const [asked, change] = useCompareState();
  const collections = useCollections();
  const extractors = useExtractors();
  const metrics = useMetrics();
  const failed = [collections, extractors, metrics].find(({ error, data }) => error !== null && !data);
  if (failed) return <ProblemNotice error={failed.error} retry={() => void failed.refetch()} />;
  if (!collections.data || !extractors.data || !metrics.data) return <Waiting />;
  const all = collections.data.collections;
  const collection = collectionOf(asked.search.collection, all);
  if (!collection) {
    return all.length === 0 ? (
      <Navigate to="/start" replace />
    ) : (
      <CollectionGone search={asked.search} collections={all} change={change} />
    );
  }
  const catalogue = { collection, known: extractors.data.extractors, metrics: metrics.data.metrics };
  return <Compare asked={asked} change={change} catalogue={catalogue} collections={all} />;
}

interface Props {
  readonly asked: CompareState;
  readonly change: Change;
  readonly catalogue: Catalogue;
  readonly collections: readonly Schemas["CollectionSummary"][];
}

function Compare({ asked, change: changeUrl, catalogue, collections }: Props) {
  const search = settled(asked.search, catalogue.collection);
  const state = { ...asked, search };
  const { collection, extractor, metric } = search;
  const change: Change = (patch) => {
    changeUrl({ ...patch, search: { collection, extractor, metric, ...patch.search } });
  };
  const compareFor = (id: string) => {
    change({ search: { query: { kind: "image", id }, crop: null, likes: [], dislikes: [] } });
  };
  return (
    <>
      <div className={classes.top}>
        {canSearch(search) ? <QueryBox search={search} /> : null}
        <Controls state={state} change={change} catalogue={catalogue} collections={collections} />
      </div>
      {catalogue.collection.images === 0 ? (
        <EmptyCollection name={collection} />
      ) : canSearch(search) ? (
        <Rankings state={state} catalogue={catalogue} onCompare={compareFor} />
      ) : (
        <Starts search={search} onChosen={compareFor} />
      )}
    </>
  );
}

interface RankingsProps {
  readonly state: CompareState;
  readonly catalogue: Catalogue;
  readonly onCompare: (id: string) => void;
}

function Rankings({ state, catalogue, onCompare }: RankingsProps) {
  const { search, k } = state;
  const plan = useMemo(() => planOf(state, catalogue), [state, catalogue]);
  const enough = plan.pairs.length >= FEWEST_COLUMNS;
  const { data, error, isPlaceholderData, isFetching, refetch } = useComparison(search, plan.pairs, k);
  const last = useLast(data);
  const shown =
    data ?? (error && !goneField(error) && last?.collection === search.collection ? last : undefined);
  return (
    <div className={classes.answer} aria-busy={isFetching}>
      {search.threshold !== null || search.collapse ? (
        <Text size="xs" c="dimmed">
          {strings.ignored}
        </Text>
      ) : null}
      <LeftOutList leftOut={plan.leftOut} />
      {error ? (
        <CompareProblem
          error={error}
          search={search}
          stale={shown !== undefined}
          retry={() => void refetch()}
        />
      ) : null}
      {!enough ? (
        <TooFew />
      ) : shown ? (
        <Answer
          comparison={shown}
          search={search}
          by={state.by}
          metrics={catalogue.metrics}
          stale={isPlaceholderData || error !== null}
          onCompare={onCompare}
        />
      ) : error ? null : (
        <Waiting />
      )}
    </div>
  );
}

/** The comparison before, which stays in sight when the next one fails. */
function useLast(comparison: Comparison | undefined): Comparison | undefined {
  const [last, setLast] = useState(comparison);
  if (comparison && comparison !== last) setLast(comparison);
  return last;
}
