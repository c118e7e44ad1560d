import { Anchor, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Schemas } from "@/lib/api";
import { searchLink, whyLink } from "@/lib/links";
import type { SearchState } from "@/lib/searchState";
import { AgreementFigures, leastText } from "./AgreementFigures";
import type { Column, Comparison } from "./api";
import { Board, type Pinned } from "./Board";
import classes from "./ComparePage.module.css";
import type { By } from "./compareState";
import { Followed } from "./Followed";
import { headsOf } from "./heads";
import { ranksOf } from "./ranks";
import { strings } from "./strings";

interface Props {
  readonly comparison: Comparison;
  readonly search: SearchState;
  readonly by: By;
  readonly metrics: readonly Schemas["Metric"][];
  /** Another comparison is under way, or has failed. */
  readonly stale: boolean;
  readonly onCompare: (id: string) => void;
}

/** The columns, the image that is followed through them, and how far they agree. */
export function Answer({ comparison, search, by, metrics, stale, onCompare }: Props) {
  const { columns, agreements, k } = comparison;
  const [pinned, setPinned] = useState<Pinned | null>(null);
  const [pointed, setPointed] = useState<string | null>(null);
  const ranks = useMemo(() => ranksOf(columns), [columns]);
  const heads = useMemo(() => headsOf(columns, by, metrics), [columns, by, metrics]);
  const held = pinned && ranks.has(pinned.id) ? pinned : null;
  const active = pointed ?? held?.id ?? null;
  const asked = (column: Column | undefined): SearchState => ({
    ...search,
    ...(column ? { extractor: column.extractor, metric: column.metric } : {}),
    threshold: null,
  });
  return (
    <>
      <div className={classes.summary} role="status">
        <Text size="sm">{leastText(agreements, heads)}</Text>
        <Anchor href="#agreement" size="sm" className={classes.jump ?? ""}>
          {strings.toFigures}
        </Anchor>
        <Text size="xs" c="dimmed">
          {strings.took(columns.length, comparison.took_ms)}
        </Text>
      </div>
      <Board
        columns={columns}
        heads={heads}
        ranks={ranks}
        k={k}
        stale={stale}
        searchWith={(column) => searchLink(asked(column))}
        active={active}
        pinned={held}
        onPoint={setPointed}
        onPin={setPinned}
      />
      <Followed
        hit={hitOf(active, columns)}
        collection={comparison.collection}
        places={(active ? ranks.get(active) : undefined) ?? []}
        heads={heads}
        actions={
          held && held.id === active
            ? {
                compare: () => {
                  setPinned(null);
                  onCompare(held.id);
                },
                why: whyLink(asked(columns[held.column]), held.id),
                letGo: () => {
                  setPinned(null);
                },
              }
            : null
        }
      />
      <AgreementFigures agreements={agreements} heads={heads} k={k} />
    </>
  );
}

function hitOf(id: string | null, columns: readonly Column[]) {
  if (id === null) return null;
  for (const { hits } of columns) {
    const hit = hits.find((one) => one.id === id);
    if (hit) return hit;
  }
  return null;
}
