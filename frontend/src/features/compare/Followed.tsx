import { Button, Text } from "@mantine/core";
import { Link } from "react-router";
import { thumbnailOf } from "@/lib/links";
import type { Hit } from "./api";
import classes from "./Followed.module.css";
import type { Head } from "./heads";
import { strings } from "./strings";

interface Props {
  readonly hit: Hit | null;
  readonly collection: string;
  readonly places: readonly (number | null)[];
  readonly heads: readonly Head[];
  /** What can be done with it; nothing as long as it is only pointed at. */
  readonly actions: {
    readonly compare: () => void;
    readonly why: string;
    readonly letGo: () => void;
  } | null;
}

/** The image that is followed and its ranks; it keeps its height, so that nothing moves under the pointer. */
export function Followed({ hit, collection, places, heads, actions }: Props) {
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
          {actions ? (
            <div className={classes.actions}>
              <Button variant="light" mih={44} onClick={actions.compare}>
                {strings.compareThis}
              </Button>
              <Button component={Link} to={actions.why} variant="default" mih={44}>
                {strings.why}
              </Button>
              <Button variant="subtle" color="gray" mih={44} onClick={actions.letGo}>
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
