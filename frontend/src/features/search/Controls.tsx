import { CollectionSelect } from "@/components/CollectionSelect";
import { HowCompared } from "@/components/HowCompared";
import type { Schemas } from "@/lib/api";
import { movedTo } from "@/lib/movedTo";
import type { SearchState } from "@/lib/searchState";
import classes from "./Controls.module.css";
import type { Change } from "./useSearchState";

interface Props {
  readonly collections: readonly Schemas["CollectionSummary"][];
  readonly collection: Schemas["CollectionSummary"];
  /** With names in place of defaults. */
  readonly state: SearchState;
  readonly change: Change;
}

/** The choices that make an answer: what is compared, how, and in which collection. */
export function Controls({ collections, collection, state, change }: Props) {
  return (
    <div className={classes.controls}>
      <HowCompared collection={collection} state={state} change={change} />
      {collections.length > 1 ? (
        <CollectionSelect
          collections={collections}
          value={collection.name}
          onChange={(name) => {
            change(movedTo(name, state));
          }}
        />
      ) : null}
    </div>
  );
}
