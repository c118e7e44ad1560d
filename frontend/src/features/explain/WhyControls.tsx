import { useNavigate } from "react-router";
import { HowCompared } from "@/components/HowCompared";
import { useCollections } from "@/lib/catalogue";
import { whyLink } from "@/lib/links";
import type { SearchState } from "@/lib/searchState";
import classes from "./WhyPage.module.css";

interface Props {
  readonly state: SearchState;
  readonly hit: string;
}

/** Which descriptor and which metric the explanation is of. */
export function WhyControls({ state, hit }: Props) {
  const navigate = useNavigate();
  const collection = useCollections().data?.collections.find(({ name }) => name === state.collection);
  if (!collection) return null;
  return (
    <div className={classes.controls}>
      <HowCompared
        collection={collection}
        state={state}
        change={(patch) => {
          void navigate(whyLink({ ...state, ...patch }, hit), { preventScrollReset: true });
        }}
      />
    </div>
  );
}
