import { CellFacts } from "./CellFacts";
import { Comparisons } from "./Comparisons";
import { Costs } from "./Costs";
import { Curves } from "./Curves";
import classes from "./EvaluationPage.module.css";
import { ResultsTable } from "./ResultsTable";
import type { ViewProps } from "./settle";

/** The table, what is chosen in it, which differences are real, curves and costs. */
export function ResultsView(props: ViewProps) {
  return (
    <div className={classes.sections}>
      <div className={classes.pair}>
        <ResultsTable {...props} />
        <CellFacts {...props} />
      </div>
      <Curves {...props} />
      <div className={classes.pair}>
        <Comparisons {...props} />
        <Costs {...props} />
      </div>
    </div>
  );
}
