import type { Curve } from "./charts/CurveChart";
import { formatMean } from "./format";
import { strings } from "./strings";
import tables from "./tables.module.css";

const RANKS = [1, 2, 5, 10, 20, 50, 100];

interface Props {
  readonly curves: readonly Curve[];
  readonly depth: number;
}

/** The curves for those who cannot or would not read a chart. */
export function CurvesAsTable({ curves, depth }: Props) {
  const ranks = RANKS.filter((rank) => rank <= depth);
  return (
    <details className={tables.details}>
      <summary>{strings.curves.table}</summary>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also by the keyboard */}
      <div className={tables.scroll} tabIndex={0} role="region" aria-label={strings.curves.table}>
        <table className={tables.table}>
          <thead>
            <tr>
              <th scope="col">{strings.curves.cell}</th>
              {ranks.map((rank) => (
                <th key={rank} scope="col" className={tables.number}>
                  {strings.ranking.rank(rank)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {curves.map(({ key, name, values }) => (
              <tr key={key}>
                <th scope="row">{name}</th>
                {ranks.map((rank) => (
                  <td key={rank} className={tables.number}>
                    {formatMean(values[rank - 1] ?? NaN)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
