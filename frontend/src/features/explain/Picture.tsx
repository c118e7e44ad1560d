import { useState } from "react";
import type { Crop, Size } from "@/lib/crop";
import classes from "./Picture.module.css";

interface Props {
  readonly src: string;
  readonly size: Size | null;
  readonly crop?: Crop | null;
  readonly alt: string;
  /** What stands in its place where it cannot be shown. */
  readonly failed: string;
  readonly children?: React.ReactNode;
}

/** A picture, or the part of it that was searched with, and what is drawn over it. */
export function Picture({ src, size, crop = null, alt, failed, children }: Props) {
  const [broken, setBroken] = useState("");
  const shown = crop ?? size;
  if (broken === src) {
    return (
      <div className={classes.failed} role="status">
        {failed}
      </div>
    );
  }
  return (
    <div className={classes.frame} style={shown ? frameOf(shown) : undefined}>
      <img
        className={crop && size ? classes.part : classes.whole}
        src={src}
        alt={alt}
        style={crop && size ? partOf(crop, size) : undefined}
        onError={() => {
          setBroken(src);
        }}
      />
      {children}
    </div>
  );
}

function frameOf({ width, height }: Size) {
  return { aspectRatio: `${width} / ${height}`, "--aspect": width / height } as React.CSSProperties;
}

function partOf(crop: Crop, size: Size) {
  return {
    width: `${(100 * size.width) / crop.width}%`,
    height: `${(100 * size.height) / crop.height}%`,
    left: `${(-100 * crop.x) / crop.width}%`,
    top: `${(-100 * crop.y) / crop.height}%`,
  };
}
