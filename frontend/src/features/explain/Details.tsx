import { useState } from "react";
import classes from "./Figures.module.css";

interface Props {
  readonly summary: string;
  readonly children: React.ReactNode;
}

/** What is drawn only on demand. */
export function Details({ summary, children }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <details
      className={classes.details}
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>{summary}</summary>
      {open ? children : null}
    </details>
  );
}
