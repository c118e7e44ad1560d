import { Text, Title } from "@mantine/core";
import type { Explanation, Part, Share } from "./api";
import type { Side } from "./RegionOverlay";
import { likenessOf, SharesTable } from "./SharesTable";
import { strings } from "./strings";
import classes from "./WhyPage.module.css";

interface Props {
  readonly explanation: Explanation;
  readonly side: Side;
  /** Where a channel's maps are. */
  readonly linkOf: (part: Part) => string | null;
}

/** What brought the two together, or what kept them apart: by group, and by single number. */
export function WhyLists({ explanation, side, linkOf }: Props) {
  const { groups, dimensions, kind } = explanation;
  const sum = explanation[side];
  // what both have in common follows a layer's size where every channel's histogram has the same sum
  const likeness = kind === "channels" && side === "together";
  return (
    <section className={classes.list} aria-label={strings[side]}>
      <Title order={2} size="h4">
        <span className={classes.swatch} data-side={side} aria-hidden /> {strings[side]}
      </Title>
      {likeness ? (
        <Text size="sm" c="dimmed">
          {strings.likenessNote}
        </Text>
      ) : null}
      {kind === "values" ? (
        <Text size="sm" c="dimmed">
          {strings.valuesNote}
        </Text>
      ) : null}
      {[...groups, dimensions].map((group) => {
        const shares = likeness ? group[side].filter((share) => !isSilent(share)) : group[side];
        return (
          <SharesTable
            key={group.by}
            title={group.by === "dimension" ? strings.dimensionOf[kind] : (strings.by[group.by] ?? group.by)}
            shares={shares}
            count={group.count}
            side={side}
            sum={sum}
            likeness={likeness}
            silent={group[side].length - shares.length}
            linkOf={linkOf}
          />
        );
      })}
    </section>
  );
}

const WHOLLY = 1 - 1e-6;

/** A channel that does not answer in either picture has the same histogram in both, and says nothing of them. */
function isSilent(share: Share): boolean {
  return share.part.channel !== null && likenessOf(share) >= WHOLLY;
}
