import { IconPhotoOff } from "@tabler/icons-react";
import { useState } from "react";
import classes from "./Queries.module.css";
import { strings } from "./strings";

interface Props {
  readonly className: string | undefined;
  readonly address: string;
  readonly size: 160 | 320 | 640;
  /** Empty where words beside it say the same. */
  readonly name: string;
}

/** A picture of the dataset; its file may have been moved since it was evaluated. */
export function Thumbnail({ className, address, size, name }: Props) {
  const [gone, setGone] = useState(false);
  if (gone) {
    return (
      <span className={`${className ?? ""} ${classes.gone ?? ""}`} title={strings.ranking.gone}>
        <IconPhotoOff role="img" aria-label={[name, strings.ranking.gone].filter(Boolean).join(": ")} />
      </span>
    );
  }
  return (
    <img
      className={className}
      src={`${address}?size=${size}`}
      alt={name}
      loading="lazy"
      decoding="async"
      onError={() => {
        setGone(true);
      }}
    />
  );
}
