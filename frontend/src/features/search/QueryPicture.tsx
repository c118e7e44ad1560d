import { Text } from "@mantine/core";
import { useState } from "react";
import type { Crop, Size } from "@/lib/crop";
import classes from "./QueryCard.module.css";
import { strings } from "./strings";

interface Props {
  readonly src: string;
  readonly size: Size | null;
  readonly crop: Crop | null;
  readonly label: string;
}

/** The picture that is searched with; where only a part of it is, the rest is dark. */
export function QueryPicture({ src, size, crop, label }: Props) {
  const [gone, setGone] = useState("");
  if (gone === src) return null;
  return (
    <div>
      <figure className={classes.picture}>
        <img
          className={classes.image}
          src={src}
          alt={label}
          onError={() => {
            setGone(src);
          }}
          {...(size ? { width: size.width, height: size.height } : {})}
        />
        {crop && size ? <span className={classes.region} style={regionOf(crop, size)} /> : null}
      </figure>
      <Text size="xs" c="dimmed" mt={4}>
        {crop ? `${label}: ${strings.cropped(crop)}` : label}
      </Text>
    </div>
  );
}

function regionOf(crop: Crop, size: Size) {
  return {
    left: `${(100 * crop.x) / size.width}%`,
    top: `${(100 * crop.y) / size.height}%`,
    width: `${(100 * crop.width) / size.width}%`,
    height: `${(100 * crop.height) / size.height}%`,
  };
}
