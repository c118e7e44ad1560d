import type { ReactNode } from "react";
import classes from "./charts.module.css";
import type { Scale } from "./scales";

export const MARGIN = { top: 12, right: 14, bottom: 42, left: 46 } as const;

interface Props {
  readonly width: number;
  readonly height: number;
  readonly x: Scale;
  readonly y: Scale;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xText: (value: number) => string;
  readonly yText: (value: number) => string;
  readonly children: ReactNode;
}

/** The axes of a chart, with what is drawn between them. */
export function Frame({ width, height, x, y, xTitle, yTitle, xText, yText, children }: Props) {
  const bottom = height - MARGIN.bottom;
  const right = width - MARGIN.right;
  return (
    <>
      {y.ticks.map((tick) => (
        <g key={tick}>
          <line className={classes.grid} x1={MARGIN.left} x2={right} y1={y.at(tick)} y2={y.at(tick)} />
          <text className={classes.tick} x={MARGIN.left - 8} y={y.at(tick)} dy="0.32em" textAnchor="end">
            {yText(tick)}
          </text>
        </g>
      ))}
      {x.ticks.map((tick) => (
        <g key={tick}>
          <line className={classes.stroke} x1={x.at(tick)} x2={x.at(tick)} y1={bottom} y2={bottom + 5} />
          <text className={classes.tick} x={x.at(tick)} y={bottom + 18} textAnchor="middle">
            {xText(tick)}
          </text>
        </g>
      ))}
      <line className={classes.stroke} x1={MARGIN.left} x2={right} y1={bottom} y2={bottom} />
      <text className={classes.axis} x={(MARGIN.left + right) / 2} y={height - 6} textAnchor="middle">
        {xTitle}
      </text>
      <text
        className={classes.axis}
        transform={`translate(11 ${(MARGIN.top + bottom) / 2}) rotate(-90)`}
        textAnchor="middle"
      >
        {yTitle}
      </text>
      {children}
    </>
  );
}
