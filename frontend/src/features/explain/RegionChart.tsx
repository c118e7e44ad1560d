import { Text } from "@mantine/core";
import { useState } from "react";
import { formatShare } from "@/lib/scores";
import type { Colour, Region } from "./api";
import classes from "./Figures.module.css";
import { RegionIcon } from "./RegionIcon";
import { heightOf, ticksOf, type Scale } from "./scales";
import { strings } from "./strings";
import { Details } from "./Details";

interface Props {
  readonly region: Region;
  readonly colours: readonly Colour[];
  /** By colour: of the region's pixels. */
  readonly shares: readonly number[];
  readonly scale: Scale;
  /** The upper end of the linear scale. */
  readonly highest: number;
}

const HEIGHT = 120;
const STEP = 10;

/** One region's histogram: a bar a colour, filled with it. */
export function RegionChart({ region, colours, shares, scale, highest }: Props) {
  const [pointed, setPointed] = useState<number | null>(null);
  const width = colours.length * STEP;
  const name = strings.regionName(region.name);
  const filled = colours
    .map((colour, place) => ({ colour, share: shares[place] ?? 0 }))
    .filter(({ share }) => share > 0)
    .sort((one, other) => other.share - one.share);
  const under = pointed === null ? filled[0] : { colour: colours[pointed], share: shares[pointed] ?? 0 };
  return (
    <figure className={classes.chart}>
      <figcaption className={classes.chartName}>
        <RegionIcon region={region} /> {name}
      </figcaption>
      <div className={classes.plot}>
        <svg
          className={classes.bars}
          viewBox={`0 0 ${width} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={strings.chart(name)}
          onPointerMove={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            const place = Math.floor(((event.clientX - box.left) / box.width) * colours.length);
            setPointed(Math.max(0, Math.min(colours.length - 1, place)));
          }}
          onPointerLeave={() => {
            setPointed(null);
          }}
        >
          {ticksOf(scale, highest).map((tick) => (
            <line
              key={tick}
              className={classes.tick}
              x1="0"
              x2={width}
              y1={HEIGHT * (1 - heightOf(tick, scale, highest))}
              y2={HEIGHT * (1 - heightOf(tick, scale, highest))}
            />
          ))}
          {colours.map((colour, place) => {
            const height = HEIGHT * heightOf(shares[place] ?? 0, scale, highest);
            return height > 0 ? (
              <rect
                key={colour.number}
                className={classes.colourBar}
                x={place * STEP + 1}
                y={HEIGHT - height}
                width={STEP - 2}
                height={height}
                fill={colour.srgb}
              />
            ) : null;
          })}
          {pointed === null ? null : (
            <rect className={classes.pointed} x={pointed * STEP} y="0" width={STEP} height={HEIGHT} />
          )}
        </svg>
        <span className={classes.axis} aria-hidden>
          {ticksOf(scale, highest).map((tick) => (
            <span key={tick} style={{ bottom: `${100 * heightOf(tick, scale, highest)}%` }}>
              {formatShare(tick)}
            </span>
          ))}
        </span>
      </div>
      <Text size="xs" className={classes.reading ?? ""}>
        {under?.colour ? (
          <>
            <span className={classes.dot} style={{ background: under.colour.srgb }} aria-hidden />{" "}
            {strings.colourName(under.colour)}: <strong>{formatShare(under.share)}</strong>
          </>
        ) : (
          strings.emptyRegion
        )}
      </Text>
      <Details summary={strings.table}>
        <table className={classes.table}>
          <caption className={classes.hidden}>{strings.chart(name)}</caption>
          <thead>
            <tr>
              <th scope="col">{strings.colour}</th>
              <th scope="col">{strings.regionShare}</th>
            </tr>
          </thead>
          <tbody>
            {filled.map(({ colour, share }) => (
              <tr key={colour.number}>
                <th scope="row">
                  <span className={classes.dot} style={{ background: colour.srgb }} aria-hidden />{" "}
                  {strings.colourName(colour)}
                </th>
                <td>{formatShare(share)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Details>
    </figure>
  );
}
