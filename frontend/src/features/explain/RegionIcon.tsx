import type { Region } from "./api";
import classes from "./Figures.module.css";

/** A small picture of where a region lies. */
export function RegionIcon({ region: { ellipse, polygon } }: { readonly region: Region }) {
  return (
    <svg className={classes.icon} viewBox="-0.04 -0.04 1.08 1.08" preserveAspectRatio="none" aria-hidden>
      <rect className={classes.iconFrame} width="1" height="1" />
      {ellipse ? (
        <ellipse
          className={classes.iconRegion}
          cx={ellipse.centre[0]}
          cy={ellipse.centre[1]}
          rx={ellipse.half_axes[0]}
          ry={ellipse.half_axes[1]}
        />
      ) : (
        <>
          <polygon
            className={classes.iconRegion}
            points={polygon.map((corner) => corner.join(",")).join(" ")}
          />
          <ellipse className={classes.iconHole} cx="0.5" cy="0.5" rx="0.375" ry="0.375" />
        </>
      )}
    </svg>
  );
}
