import { CategoryTable } from "./CategoryTable";
import classes from "./EvaluationPage.module.css";
import { LabelBars } from "./LabelBars";
import type { ViewProps } from "./settle";

/** How labels are spread, and how good the answers are for each. */
export function LabelsView(props: ViewProps) {
  return (
    <div className={classes.pair}>
      <CategoryTable {...props} />
      <LabelBars {...props} />
    </div>
  );
}
