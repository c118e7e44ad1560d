import { SegmentedControl, Text, Title } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { channelAsked } from "./addresses";
import type { Layer } from "./api";
import { ChannelHistogram, LayerHistogram } from "./Histograms";
import classes from "./Figures.module.css";
import { MapsPicture } from "./MapsPicture";
import { cellOf, columnsOf, mapAt, partOfMontage } from "./montage";
import { PlaceInput } from "./PlaceInput";
import { strings } from "./strings";

interface Props {
  readonly layer: Layer;
  /** The picture's width over its height, which the maps are stretched to. */
  readonly aspect: number;
}

const FEW = [16, 64] as const;

/** One layer: its maps, one of them large, and how strongly its channels answer. */
export function LayerShown({ layer: { layer, channels, width, height, values, maps }, aspect }: Props) {
  const [count, setCount] = useState<number>(FEW[0]);
  const [url] = useSearchParams();
  const asked = channelAsked(url, layer, channels);
  const [chosen, setChosen] = useState(asked ?? 0);
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    if (asked !== null) place.current?.scrollIntoView();
  }, [asked]);
  const counts = [...FEW.filter((one) => one < channels), channels];
  const columns = columnsOf(count);
  const histogram = values[chosen] ?? [0, 0, 0];
  return (
    <section className={classes.layer} aria-label={layer} ref={place}>
      <div className={classes.head}>
        <div>
          <Title order={3} size="h4">
            {layer}
          </Title>
          <Text size="sm" c="dimmed">
            {strings.layerSize(channels, width, height)}
          </Text>
        </div>
        {maps ? (
          <SegmentedControl
            aria-label={strings.shownMaps}
            className={classes.switch ?? ""}
            value={String(count)}
            onChange={(value) => {
              setCount(Number(value));
            }}
            data={counts.map((one) => ({
              value: String(one),
              label: one === channels ? strings.all(one) : String(one),
            }))}
          />
        ) : null}
      </div>
      <div className={classes.layerRow}>
        {maps ? (
          <button
            type="button"
            className={classes.montage}
            aria-label={strings.montage(layer)}
            onClick={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              const pressed = mapAt(
                (event.clientX - box.left) / box.width,
                (event.clientY - box.top) / box.height,
                count,
              );
              // from the keyboard there is no place: the next channel
              setChosen(event.detail === 0 ? (chosen + 1) % channels : (pressed ?? chosen));
            }}
          >
            <MapsPicture
              src={`${maps}?first=${count}`}
              alt=""
              aspect={(aspect * columns) / Math.ceil(count / columns)}
            />
            {chosen < count ? (
              <span className={classes.cursor} style={cellOf(chosen, columns, Math.ceil(count / columns))} />
            ) : null}
          </button>
        ) : null}
        <div className={classes.one}>
          <PlaceInput label={strings.channel} count={channels} value={chosen} onChange={setChosen} />
          {maps ? (
            <MapsPicture
              src={chosen < count ? `${maps}?first=${count}` : `${maps}?channels=${chosen}`}
              alt={strings.map(layer, chosen)}
              aspect={aspect}
              part={chosen < count ? partOfMontage({ chosen, count, width, height }) : undefined}
            />
          ) : null}
          <ChannelHistogram label={strings.histogram(layer, chosen)} values={histogram} />
        </div>
      </div>
      <LayerHistogram layer={layer} values={values} chosen={chosen} />
    </section>
  );
}
