import { Text } from "@mantine/core";
import { formatShare } from "@/lib/scores";
import { Details } from "./Details";
import classes from "./Figures.module.css";
import { strings } from "./strings";

type Levels = readonly [number, number, number];

/** The share of places where a channel is weak, middling or strong. */
function sharesOf(values: Levels): readonly number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => (sum > 0 ? value / sum : 0));
}

/** One channel's histogram as three bars with their numbers. */
export function ChannelHistogram({ label, values }: { readonly label: string; readonly values: Levels }) {
  return (
    <table className={classes.levels}>
      <caption>{label}</caption>
      <tbody>
        {sharesOf(values).map((share, level) => (
          <tr key={level}>
            <th scope="row">{strings.levels[level]}</th>
            <td className={classes.levelBar}>
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
                <rect className={classes.level} data-level={level} width={100 * share} height="10" />
              </svg>
            </td>
            <td className={classes.levelShare}>{formatShare(share)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface LayerProps {
  readonly layer: string;
  readonly values: readonly Levels[];
  readonly chosen: number;
}

const HEIGHT = 100;

/** The histograms of all channels of a layer, a column each, stacked from weak to strong. */
export function LayerHistogram({ layer, values, chosen }: LayerProps) {
  const shares = values.map(sharesOf);
  return (
    <figure className={classes.strip}>
      <figcaption>
        <Text size="sm" fw={600}>
          {strings.histograms}
        </Text>
        <Text size="xs" c="dimmed">
          {strings.histogramsNote}
        </Text>
      </figcaption>
      <svg
        className={classes.stack}
        viewBox={`0 0 ${values.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${strings.histograms}: ${layer}`}
      >
        <rect className={classes.level} data-level="0" width={values.length} height={HEIGHT} />
        {[1, 2].map((level) => (
          <path key={level} className={classes.level} data-level={level} d={columnsPath(shares, level)} />
        ))}
        <rect className={classes.here} x={chosen} y="0" width="1" height={HEIGHT} />
      </svg>
      <div className={classes.key}>
        {strings.levels.map((name, level) => (
          <span key={name}>
            <svg viewBox="0 0 1 1" aria-hidden>
              <rect className={classes.level} data-level={level} width="1" height="1" />
            </svg>{" "}
            {name}
          </span>
        ))}
      </div>
      <Details summary={strings.table}>
        <div className={classes.tall}>
          <table className={classes.table}>
            <caption className={classes.hidden}>{`${strings.histograms}: ${layer}`}</caption>
            <thead>
              <tr>
                <th scope="col">{strings.channel}</th>
                {strings.levels.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shares.map((levels, channel) => (
                <tr key={channel}>
                  <th scope="row">{channel}</th>
                  {levels.map((share, level) => (
                    <td key={level}>{formatShare(share)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Details>
    </figure>
  );
}

/** From the top down to where a level begins, for every column. */
function columnsPath(shares: readonly (readonly number[])[], level: number): string {
  return shares
    .map((levels, x) => {
      const height = HEIGHT * levels.slice(level).reduce((sum, share) => sum + share, 0);
      return `M${x} 0h1v${height.toFixed(2)}h-1z`;
    })
    .join("");
}
