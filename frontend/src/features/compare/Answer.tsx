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
import { usePointer } from "./pointer";
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
  const pointer = usePointer();
  const ranks = useMemo(() => ranksOf(columns), [columns]);
  const heads = useMemo(() => headsOf(columns, by, metrics), [columns, by, metrics]);
  const held = pinned && ranks.has(pinned.id) ? pinned : null;
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
        pointer={pointer}
        pinned={held}
        onPin={setPinned}
      />
      <Followed
        pointer={pointer}
        pinned={held?.id ?? null}
        columns={columns}
        ranks={ranks}
        collection={comparison.collection}
        heads={heads}
        actions={
          held
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
