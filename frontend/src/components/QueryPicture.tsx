import { useState, type ReactNode } from "react";
import { placeOf, type Crop, type Size } from "@/lib/crop";
import classes from "./QueryPicture.module.css";

interface Props {
  /** Empty where there is none. */
  readonly src: string;
  /** The upright picture's own pixels, in which the crop is given; null until they are known. */
  readonly size: Size | null;
  readonly crop: Crop | null;
  readonly label: string;
  /** What stands below it. */
  readonly children?: ReactNode;
}

/**
 * The picture that is searched with; where only a part of it is, the rest is dark. Its place is as high before the
 * picture is there, so that nothing below moves. A picture that is gone leaves no place.
 */
export function QueryPicture({ src, size, crop, label, children }: Props) {
  const [gone, setGone] = useState("");
  if (!src || gone === src) return null;
  return (
    <>
      <div className={classes.place}>
        <figure className={classes.picture}>
          <img
            className={classes.image}
            src={src}
            alt={label}
            onError={() => {
              setGone(src);
            }}
          />
          {crop && size ? <span className={classes.region} style={placeOf(crop, size)} /> : null}
        </figure>
      </div>
      {children}
    </>
  );
}
