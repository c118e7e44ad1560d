import type { RankedImage } from "./api";
import classes from "./Queries.module.css";
import { strings } from "./strings";

/** The first ranks at one look: full bars are relevant, low ones are not. */
export function RelevanceStrip({ hits }: { readonly hits: readonly RankedImage[] }) {
  if (hits.length === 0) return null;
  return (
    <div className={classes.strip} role="img" aria-label={describe(hits)}>
      {hits.map((hit) => (
        <span key={hit.rank} data-relevant={hit.relevant} />
      ))}
    </div>
  );
}

function describe(hits: readonly RankedImage[]): string {
  const ranks = hits.filter((hit) => hit.relevant).map((hit) => hit.rank);
  return `${strings.ranking.strip(hits.length)}: ${ranks.join(", ") || strings.none}`;
}
