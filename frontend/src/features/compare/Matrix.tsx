import { VisuallyHidden } from "@mantine/core";
import { useId, type CSSProperties } from "react";
import classes from "./Matrix.module.css";

interface Props {
  readonly title: string;
  readonly explanation: string;
  readonly names: readonly string[];
  readonly values: readonly (readonly (number | null)[])[];
  readonly format: (value: number) => string;
  /** The two columns that agree least. */
  readonly least: readonly [number, number] | null;
}

/** What every two columns have to do with each other; deeper shades for larger values. */
export function Matrix({ title, explanation, names, values, format, least }: Props) {
  const explains = useId();
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.caption} id={explains}>
        <b>{title}.</b> {explanation}
      </figcaption>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reached by keyboard */}
      <div className={classes.scroll} role="group" aria-label={title} tabIndex={0}>
        <table className={classes.table} aria-label={title} aria-describedby={explains}>
          <thead>
            <tr>
              <td />
              {names.map((name, place) => (
                <th key={place} scope="col" title={name}>
                  {place + 1}
                  <VisuallyHidden> {name}</VisuallyHidden>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {values.map((row, at) => (
              <tr key={at}>
                <th scope="row">
                  <span className={classes.number}>{at + 1}</span> {names[at]}
                </th>
                {row.map((value, place) => (
                  <td
                    key={place}
                    className={classes.cell}
                    data-least={isPair(least, at, place) || undefined}
                    style={{ "--share": `${Math.max(0, value ?? 0) * 55}%` } as CSSProperties}
                  >
                    {value === null ? "–" : format(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

function isPair(pair: Props["least"], a: number, b: number): boolean {
  return pair !== null && pair.includes(a) && pair.includes(b) && a !== b;
}
