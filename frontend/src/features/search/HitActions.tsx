import {
  IconPhotoSearch,
  IconThumbDown,
  IconThumbDownFilled,
  IconThumbUp,
  IconThumbUpFilled,
} from "@tabler/icons-react";
import type { SearchState } from "@/lib/searchState";
import classes from "./HitActions.module.css";
import { strings } from "./strings";
import { FRESH, type Change } from "./useSearchState";

interface Props {
  readonly id: string;
  readonly state: SearchState;
  readonly change: Change;
  readonly tabIndex?: 0 | -1;
}

/** Refine with an image, or start a new search from it. */
export function HitActions({ id, state, change, tabIndex = 0 }: Props) {
  const liked = state.likes.includes(id);
  const disliked = state.dislikes.includes(id);
  const without = {
    likes: state.likes.filter((one) => one !== id),
    dislikes: state.dislikes.filter((one) => one !== id),
  };
  const buttons = [
    {
      label: strings.like,
      pressed: liked,
      Icon: liked ? IconThumbUpFilled : IconThumbUp,
      act: () => {
        change(liked ? without : { ...without, likes: [...without.likes, id] });
      },
    },
    {
      label: strings.dislike,
      pressed: disliked,
      Icon: disliked ? IconThumbDownFilled : IconThumbDown,
      act: () => {
        change(disliked ? without : { ...without, dislikes: [...without.dislikes, id] });
      },
    },
    {
      label: strings.similar,
      pressed: undefined,
      Icon: IconPhotoSearch,
      act: () => {
        change({ ...FRESH, query: { kind: "image", id } });
      },
    },
  ];
  return buttons.map(({ label, pressed, Icon, act }) => (
    <button
      key={label}
      type="button"
      className={classes.action}
      tabIndex={tabIndex}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      onClick={act}
    >
      <Icon size={18} aria-hidden />
    </button>
  ));
}
