import { Text, Title } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { formatScore, formatShare } from "@/lib/scores";
import type { GridFigure } from "./api";
import { Details } from "./Details";
import classes from "./Figures.module.css";
import { shadeOf, SHADES } from "./shades";
import { PlaceInput } from "./PlaceInput";
import { strings } from "./strings";

interface Props {
  readonly figure: GridFigure;
  readonly dims: number;
}

const LARGEST = 25;

/** A neural code: its values in a grid, with the value at one place in words. */
export function GridShown({ figure: { rows, columns }, dims }: Props) {
  const values = rows.flat();
  const low = Math.min(0, ...values);
  const high = Math.max(...values, 0);
  const order = values.map((value, dim) => ({ value, dim })).sort((one, other) => other.value - one.value);
  const [chosen, setChosen] = useState(order[0]?.dim ?? 0);
  const zeros = values.filter((value) => value === 0).length;
  return (
    <section className={classes.section} aria-labelledby="values">
      <Title order={2} size="h3" id="values">
        {strings.valuesTitle(dims)}
      </Title>
      <Text size="sm" c="dimmed">
        {strings.gridNote(columns, rows.length)} {zeros > 0 ? strings.zeros(formatShare(zeros / dims)) : ""}
      </Text>
      <div className={classes.gridRow}>
        <Grid rows={rows} columns={columns} low={low} high={high} chosen={chosen} onPoint={setChosen} />
        <div className={classes.gridSide}>
          <PlaceInput label={strings.place} count={dims} value={chosen} onChange={setChosen} />
          <output className={classes.output} aria-live="polite">
            {strings.reading(
              chosen,
              Math.floor(chosen / columns),
              chosen % columns,
              formatScore(values[chosen] ?? 0),
            )}
          </output>
          <Legend low={low} high={high} />
          <Details summary={strings.largest}>
            <table className={classes.table}>
              <caption className={classes.hidden}>{strings.largest}</caption>
              <thead>
                <tr>
                  <th scope="col">{strings.place}</th>
                  <th scope="col">{strings.value}</th>
                </tr>
              </thead>
              <tbody>
                {order.slice(0, LARGEST).map(({ value, dim }) => (
                  <tr key={dim}>
                    <th scope="row">{dim}</th>
                    <td>{formatScore(value)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Details>
        </div>
      </div>
    </section>
  );
}

interface GridProps {
  readonly rows: readonly (readonly number[])[];
  readonly columns: number;
  readonly low: number;
  readonly high: number;
  readonly chosen: number;
  readonly onPoint: (dim: number) => void;
}

function Grid({ rows, columns, low, high, chosen, onPoint }: GridProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const dims = rows.reduce((sum, row) => sum + row.length, 0);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.clearRect(0, 0, columns, rows.length);
    rows.forEach((row, y) => {
      row.forEach((value, x) => {
        context.fillStyle = shadeOf(value, low, high);
        context.fillRect(x, y, 1, 1);
      });
    });
  }, [rows, columns, low, high]);
  return (
    <div
      className={classes.grid}
      role="img"
      aria-label={strings.gridLabel(columns, rows.length)}
      style={{ aspectRatio: `${columns} / ${rows.length}` }}
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const x = Math.min(columns - 1, Math.floor(((event.clientX - box.left) / box.width) * columns));
        const y = Math.floor(((event.clientY - box.top) / box.height) * rows.length);
        const dim = y * columns + x;
        if (x >= 0 && y >= 0 && dim < dims) onPoint(dim);
      }}
    >
      <canvas ref={canvas} className={classes.canvas} width={columns} height={rows.length} aria-hidden />
      <span
        className={classes.cursor}
        style={{
          left: `${(100 * (chosen % columns)) / columns}%`,
          top: `${(100 * Math.floor(chosen / columns)) / rows.length}%`,
          width: `${100 / columns}%`,
          height: `${100 / rows.length}%`,
        }}
      />
    </div>
  );
}

function Legend({ low, high }: { readonly low: number; readonly high: number }) {
  const steps = Array.from({ length: SHADES }, (_, step) => low + ((high - low) * (step + 0.5)) / SHADES);
  return (
    <div className={classes.legend}>
      <svg
        viewBox={`0 0 ${SHADES} 1`}
        preserveAspectRatio="none"
        role="img"
        aria-label={strings.legend(formatScore(low), formatScore(high))}
      >
        {steps.map((value, step) => (
          <rect key={step} x={step} width="1.05" height="1" fill={shadeOf(value, low, high)} />
        ))}
      </svg>
      <span aria-hidden>{formatScore(low)}</span>
      <span aria-hidden>{formatScore(high)}</span>
    </div>
  );
}
