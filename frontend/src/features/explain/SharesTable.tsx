import { Anchor, Button } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { formatShare } from "@/lib/scores";
import type { Part, Share } from "./api";
import { PairedBars } from "./PairedBars";
import type { Side } from "./RegionOverlay";
import classes from "./SharesTable.module.css";
import { strings } from "./strings";
import { partKey, partName } from "./text";

interface Props {
  readonly title: string;
  readonly shares: readonly Share[];
  readonly count: number;
  readonly side: Side;
  /** The sum over all dimensions. */
  readonly sum: number;
  /** Shown instead of the share of the sum where that says nothing. */
  readonly likeness?: boolean;
  /** How many were left out as they are the same in both pictures and say nothing. */
  readonly silent?: number;
  /** Where more of a part is shown. */
  readonly linkOf?: ((part: Part) => string | null) | undefined;
}

const FEW = 6;

/** Parts of a descriptor, those with the largest shares first, with both sides' values. */
export function SharesTable({
  title,
  shares,
  count,
  side,
  sum,
  likeness = false,
  silent = 0,
  linkOf,
}: Props) {
  const [open, setOpen] = useState(false);
  const ordered = likeness ? [...shares].sort((one, other) => likenessOf(other) - likenessOf(one)) : shares;
  const shown = open ? ordered : ordered.slice(0, FEW);
  const full = Math.max(...shares.flatMap(({ query, hit }) => [Math.abs(query), Math.abs(hit)]), 0);
  const shareOf = (share: Share) => (likeness ? likenessOf(share) : sum > 0 ? share[side] / sum : 0);
  const flat = saysNothing(shares, full);
  return (
    <div className={classes.block}>
      <table className={classes.table}>
        <caption className={classes.caption}>
          {title} <span className={classes.count}>{strings.of(shown.length, count)}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col">{strings.what}</th>
            <th scope="col">{flat ? strings.drawnShare : strings.values}</th>
            <th scope="col" className={classes.number}>
              {likeness ? strings.likeness : strings.share}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((share) => (
            <tr key={partKey(share.part)}>
              <th scope="row">
                <span className={classes.name}>
                  {share.part.colour ? (
                    <span
                      className={classes.chip}
                      style={{ background: share.part.colour.srgb }}
                      aria-hidden
                    />
                  ) : null}
                  <PartName part={share.part} to={linkOf?.(share.part) ?? null} />
                </span>
              </th>
              <td>
                {flat ? (
                  <ShareBar share={shareOf(share)} side={side} />
                ) : (
                  <PairedBars query={share.query} hit={share.hit} full={full} />
                )}
              </td>
              <td className={classes.number}>{formatShare(shareOf(share))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shares.length === 0 && silent === 0 ? <p className={classes.none}>{strings.none}</p> : null}
      {silent > 0 ? <p className={classes.none}>{strings.silent(silent, shares.length)}</p> : null}
      {shares.length > FEW ? (
        <Button
          variant="subtle"
          size="compact-sm"
          mih={44}
          aria-expanded={open}
          onClick={() => {
            setOpen(!open);
          }}
        >
          {open ? strings.fewer : strings.more(shares.length - FEW)}
        </Button>
      ) : null}
    </div>
  );
}

const NEAR = 1e-4;

/** Whether both sides have the same: a region's or a layer's values add up to the same in every picture. */
function saysNothing(shares: readonly Share[], full: number): boolean {
  return (
    full > 0 &&
    shares.length > 1 &&
    shares.every(({ part, query, hit }) => part.dim === null && Math.abs(query - hit) <= NEAR * full)
  );
}

function PartName({ part, to }: { readonly part: Part; readonly to: string | null }) {
  const name = partName(part);
  return to ? (
    <Anchor component={Link} to={to} size="sm" className={classes.link ?? ""} title={strings.maps(name)}>
      {name}
    </Anchor>
  ) : (
    name
  );
}

function ShareBar({ share, side }: { readonly share: number; readonly side: Side }) {
  return (
    <svg className={classes.shareBar} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
      <rect className={classes.shareFill} data-side={side} width={100 * share} height="10" />
    </svg>
  );
}

/** What both have in common, as a share of the mean of what they have. */
export function likenessOf({ query, hit, together }: Share): number {
  const mean = (query + hit) / 2;
  return mean > 0 ? together / mean : 0;
}
