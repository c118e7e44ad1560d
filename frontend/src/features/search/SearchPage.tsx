import { Button, VisuallyHidden } from "@mantine/core";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Navigate, NavigationType, useNavigationType } from "react-router";
import { CollectionSelect } from "@/components/CollectionSelect";
import { ProblemNotice } from "@/components/ProblemNotice";
import type { Schemas } from "@/lib/api";
import { useCollections, useExtractors, useMetrics } from "@/lib/catalogue";
import { cropText } from "@/lib/crop";
import { movedTo } from "@/lib/movedTo";
import { canSearch, type SearchState } from "@/lib/searchState";
import { collectionOf, settled } from "@/lib/settled";
import { Controls } from "./Controls";
import { CollectionGone, EmptyCollection } from "./Notices";
import { QueryCard } from "./QueryCard";
import { Results } from "./Results";
import classes from "./SearchPage.module.css";
import { StartChoices } from "./StartChoices";
import { strings } from "./strings";
import { useDropAndPaste } from "./useDropAndPaste";
import { usePicture } from "./usePicture";
import { FRESH, useSearchState, type Change } from "./useSearchState";

const Filters = lazy(() => import("./Filters").then((module) => ({ default: module.Filters })));

/** Search by picture. */
export function SearchPage() {
  const [state, change] = useSearchState();
  const { data, error, refetch } = useCollections();
  const choices = [useExtractors(), useMetrics()];
  if (!error && choices.some(({ isPending }) => isPending)) return null;
  if (!data) return error ? <ProblemNotice error={error} retry={() => void refetch()} /> : null;
  if (!state.collection && data.collections.every(({ images }) => images === 0)) {
    return <Navigate to="/start" replace />;
  }
  return <Search collections={data.collections} asked={state} change={change} />;
}

interface Props {
  readonly collections: readonly Schemas["CollectionSummary"][];
  readonly asked: SearchState;
  readonly change: Change;
}

function Search({ collections, asked, change: changeUrl }: Props) {
  const collection = collectionOf(asked.collection, collections);
  const metrics = useMetrics().data?.metrics;
  const state = useMemo(() => {
    const named = collection ? settled(asked, collection) : asked;
    return { ...named, centred: named.centred && centrableBy(metrics, named) };
  }, [asked, collection, metrics]);
  const { collection: name, extractor, metric } = state;
  const change = useCallback<Change>(
    (patch, how) => {
      changeUrl({ collection: name, extractor, metric, ...patch }, how);
    },
    [changeUrl, name, extractor, metric],
  );
  const [narrowing, setNarrowing] = useState(false);
  const input = usePicture(({ query: token, width, height }) => {
    change({ ...FRESH, query: { kind: "picture", token, width, height } });
  });
  const over = useDropAndPaste(input);
  useTopOfNew(state);
  const larger = metrics?.find(({ name }) => name === state.metric)?.larger_is_better ?? false;

  return (
    <div className={classes.page}>
      <title>{strings.title}</title>
      {canSearch(state) || !collection?.images ? (
        <VisuallyHidden component="h1">{strings.title}</VisuallyHidden>
      ) : null}
      {over ? <div className={classes.over}>{strings.dropHere}</div> : null}
      <div className={classes.side}>
        <div className={classes.query}>
          {canSearch(state) || input.sending.kind !== "idle" ? (
            <QueryCard state={state} change={change} input={input} />
          ) : null}
        </div>
        {collection ? (
          <div className={classes.controls}>
            <Controls collection={collection} state={state} change={change} />
          </div>
        ) : null}
        {collection && collections.length > 1 ? (
          <div className={classes.collection}>
            <CollectionSelect
              collections={collections}
              value={name}
              onChange={(chosen) => {
                change(movedTo(chosen, state));
              }}
            />
          </div>
        ) : null}
        {collection && canSearch(state) ? (
          <div className={classes.filters}>
            <Button
              className={classes.toggle ?? ""}
              variant="subtle"
              mih={44}
              leftSection={<IconAdjustmentsHorizontal size={18} aria-hidden />}
              aria-expanded={narrowing}
              onClick={() => {
                setNarrowing(!narrowing);
              }}
            >
              {strings.filters}
            </Button>
            <div className={classes.fold} data-open={narrowing}>
              <Suspense>
                <Filters
                  state={state}
                  change={change}
                  images={collection.images ?? 0}
                  largerIsCloser={larger}
                  centrable={centrableBy(metrics, state)}
                />
              </Suspense>
            </div>
          </div>
        ) : null}
      </div>
      <div className={classes.main}>
        {!collection ? (
          <CollectionGone name={name} collections={collections} state={state} change={change} />
        ) : collection.images === 0 ? (
          <EmptyCollection name={collection.name} />
        ) : canSearch(state) ? (
          <Results state={state} change={change} sending={input.sending.kind === "sending"} />
        ) : (
          <StartChoices state={state} change={change} input={input} />
        )}
      </div>
    </div>
  );
}

/** Whether the metric can compare the negative numbers of a centred query. */
function centrableBy(metrics: readonly Schemas["Metric"][] | undefined, { metric }: SearchState): boolean {
  return metrics?.some(({ name, needs_non_negative }) => name === metric && !needs_non_negative) ?? false;
}

/** A new query is read from its best hit on; going back keeps its place. */
function useTopOfNew({ query, crop }: SearchState) {
  const way = useNavigationType();
  const shown = query.kind === "image" ? query.id : query.kind === "picture" ? query.token : "";
  const key = `${shown} ${crop ? cropText(crop) : ""}`;
  const last = useRef(key);
  useEffect(() => {
    if (last.current !== key && way === NavigationType.Push) window.scrollTo({ top: 0 });
    last.current = key;
  }, [key, way]);
}
