import { Skeleton, VisuallyHidden } from "@mantine/core";
import classes from "./ComparePage.module.css";
import { strings } from "./strings";

const COLUMNS = 6;
const ROWS = 6;

/** Where the columns will be. */
export function Waiting() {
  return (
    <div className={classes.waiting} role="status">
      <VisuallyHidden>{strings.comparing}</VisuallyHidden>
      {Array.from({ length: COLUMNS }, (_, column) => (
        <div key={column} className={classes.bones}>
          {Array.from({ length: ROWS }, (_, row) => (
            <Skeleton key={row} height={64} />
          ))}
        </div>
      ))}
    </div>
  );
}
