import { HowCompared } from "@/components/HowCompared";
import type { Schemas } from "@/lib/api";
import type { SearchState } from "@/lib/searchState";
import classes from "./Controls.module.css";
import type { Change } from "./useSearchState";

interface Props {
  readonly collection: Schemas["CollectionSummary"];
  /** With names in place of defaults. */
  readonly state: SearchState;
  readonly change: Change;
}

/** The choices that make an answer, always in view. */
export function Controls(props: Props) {
  return (
    <div className={classes.controls}>
      <HowCompared {...props} />
    </div>
  );
}
