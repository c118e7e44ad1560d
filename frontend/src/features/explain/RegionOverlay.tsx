import { useId } from "react";
import { formatShare } from "@/lib/scores";
import type { Region } from "./api";
import classes from "./RegionOverlay.module.css";
import { strings } from "./strings";

export type Side = "together" | "apart";

interface Props {
  readonly regions: readonly Region[];
  /** By name, a share of the whole. */
  readonly shares: ReadonlyMap<string, number>;
  readonly side: Side;
}

const STRONGEST = 0.5;
const FAINTEST = 0.06;

/** The regions over a picture: the larger a region's share, the stronger its colour; the share as a number too. */
export function RegionOverlay({ regions, shares, side }: Props) {
  const mask = useId();
  const largest = Math.max(...shares.values(), 0);
  const ellipses = regions.flatMap(({ ellipse }) => (ellipse ? [ellipse] : []));
  const opacity = (name: string) =>
    FAINTEST + (largest > 0 ? ((shares.get(name) ?? 0) / largest) * (STRONGEST - FAINTEST) : 0);
  return (
    <>
      <svg
        className={classes.overlay}
        data-side={side}
        viewBox="0 0 1 1"
        preserveAspectRatio="none"
        aria-hidden
      >
        <mask id={mask}>
          <rect width="1" height="1" fill="white" />
          {ellipses.map(({ centre, half_axes }) => (
            <ellipse
              key={centre.join()}
              cx={centre[0]}
              cy={centre[1]}
              rx={half_axes[0]}
              ry={half_axes[1]}
              fill="black"
            />
          ))}
        </mask>
        {regions.map(({ name, ellipse, polygon }) =>
          ellipse ? (
            <ellipse
              key={name}
              className={classes.region}
              cx={ellipse.centre[0]}
              cy={ellipse.centre[1]}
              rx={ellipse.half_axes[0]}
              ry={ellipse.half_axes[1]}
              fillOpacity={opacity(name)}
            />
          ) : (
            <polygon
              key={name}
              className={classes.region}
              points={polygon.map((corner) => corner.join(",")).join(" ")}
              mask={`url(#${mask})`}
              fillOpacity={opacity(name)}
            />
          ),
        )}
      </svg>
      {regions.map((region) => (
        <span
          key={region.name}
          className={classes.label}
          style={placeOf(region)}
          title={strings.regionName(region.name)}
        >
          {formatShare(shares.get(region.name) ?? 0)}
        </span>
      ))}
    </>
  );
}

/** In the middle of an ellipse; in the corner of the picture that a polygon reaches. */
function placeOf({ ellipse, polygon }: Region): React.CSSProperties {
  if (ellipse) {
    const [x, y] = ellipse.centre;
    return { left: `${100 * x}%`, top: `${100 * y}%`, transform: "translate(-50%, -50%)" };
  }
  const [x, y] = polygon.reduce<readonly [number, number]>(
    ([sumX, sumY], [cornerX, cornerY]) => [sumX + cornerX / polygon.length, sumY + cornerY / polygon.length],
    [0, 0],
  );
  return { ...(x < 0.5 ? { left: 6 } : { right: 6 }), ...(y < 0.5 ? { top: 6 } : { bottom: 6 }) };
}
