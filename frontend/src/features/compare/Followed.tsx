import { Button, Text } from "@mantine/core";
import { Link } from "react-router";
import { thumbnailOf } from "@/lib/links";
import type { Column } from "./api";
import classes from "./Followed.module.css";
import { useActive, type Pointer } from "./pointer";
import type { Head } from "./heads";
import type { Ranks } from "./ranks";
import { strings } from "./strings";

interface Props {
  readonly pointer: Pointer;
  readonly pinned: string | null;
  readonly columns: readonly Column[];
  readonly ranks: Ranks;
  readonly collection: string;
  readonly heads: readonly Head[];
  /** What can be done with it; nothing as long as it is only pointed at. */
  readonly actions: {
    readonly compare: () => void;
    readonly why: string;
    readonly letGo: () => void;
  } | null;
}

/** Three buttons side by side on a phone leave little room beside their words. */
const SIDES = { base: 6, sm: "md" };

/** The image that is followed and its ranks; it keeps its height, so that nothing moves under the pointer. */
export function Followed(props: Props) {
  const { pointer, pinned, columns, ranks, collection, heads, actions } = props;
  const active = useActive(pointer, pinned);
  const hit = hitOf(active, columns);
  const places = (active ? ranks.get(active) : undefined) ?? [];
  return (
    <section className={classes.bar} aria-label={strings.chosen}>
      {hit ? (
        <>
          <img className={classes.thumb} src={thumbnailOf(collection, hit.id, 160)} alt="" />
          <div className={classes.text}>
            <Text size="sm" fw={600} truncate>
              {strings.hitName(hit.path, hit.labels)}
            </Text>
            <span className={classes.ranks}>
              {heads.map((head, place) => (
                <span key={`${head.name} ${head.more}`} className={classes.place}>
                  {head.short} <b>{places[place] ?? "–"}</b>
                </span>
              ))}
            </span>
          </div>
          {actions && active === pinned ? (
            <div className={classes.actions}>
              <Button variant="light" mih={44} px={SIDES} onClick={actions.compare}>
                {strings.compareThis}
              </Button>
              <Button component={Link} to={actions.why} variant="default" mih={44} px={SIDES}>
                {strings.why}
              </Button>
              <Button variant="subtle" color="gray" mih={44} px={SIDES} onClick={actions.letGo}>
                {strings.letGo}
              </Button>
            </div>
          ) : null}
        </>
      ) : (
        <Text size="sm" c="dimmed">
          {strings.hint}
        </Text>
      )}
    </section>
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
