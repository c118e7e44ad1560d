import { SegmentedControl, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { ColourFigure } from "./api";
import classes from "./Figures.module.css";
import { RegionChart } from "./RegionChart";
import { niceEnd, type Scale } from "./scales";
import { strings } from "./strings";

/** hist-basic as a figure: how much of each colour each region holds, linear or logarithmic. */
export function ColoursShown({ figure }: { readonly figure: ColourFigure }) {
  const [scale, setScale] = useState<Scale>("linear");
  const regions = figure.regions.length;
  // what is stored adds up to 1 over all regions
  const shares = figure.values.map((row) => row.map((value) => value * regions));
  const highest = niceEnd(Math.max(...shares.flat(), 0));
  return (
    <section className={classes.section} aria-labelledby="colours">
      <div className={classes.head}>
        <Title order={2} size="h3" id="colours">
          {strings.coloursTitle}
        </Title>
        <SegmentedControl
          aria-label={strings.scale}
          className={classes.switch ?? ""}
          value={scale}
          onChange={(value) => {
            setScale(value === "log" ? "log" : "linear");
          }}
          data={[
            { value: "linear", label: strings.linear },
            { value: "log", label: strings.log },
          ]}
        />
      </div>
      <Text size="sm" c="dimmed">
        {strings.coloursNote} {scale === "log" ? strings.logNote : ""}
      </Text>
      <div className={classes.charts}>
        {figure.regions.map((region, place) => (
          <RegionChart
            key={region.name}
            region={region}
            colours={figure.colours}
            shares={shares[place] ?? []}
            scale={scale}
            highest={highest}
          />
        ))}
      </div>
    </section>
  );
}
