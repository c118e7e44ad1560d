import { Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { thumbnailOf } from "@/lib/links";
import type { SearchState } from "@/lib/searchState";
import classes from "./Examples.module.css";
import { strings } from "./strings";
import type { Change } from "./useSearchState";

interface Props {
  readonly state: SearchState;
  readonly change: Change;
}

/** The images that were marked to refine the search. */
export function Examples({ state, change }: Props) {
  const lists = [
    ["likes", strings.likes],
    ["dislikes", strings.dislikes],
  ] as const;
  return lists.map(([list, label]) =>
    state[list].length === 0 ? null : (
      <div key={list}>
        <Text size="xs" fw={600} mb={4}>
          {label}
        </Text>
        <ul className={classes.list}>
          {state[list].map((id) => (
            <li key={id}>
              <button
                type="button"
                className={classes.example}
                data-list={list}
                aria-label={strings.removeExample}
                title={strings.removeExample}
                onClick={() => {
                  change({ [list]: state[list].filter((one) => one !== id) });
                }}
              >
                <img src={thumbnailOf(state.collection, id, 160)} alt="" width={48} height={48} />
                <IconX className={classes.cross} size={16} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      </div>
    ),
  );
}
