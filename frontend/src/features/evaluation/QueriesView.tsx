import { Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useQueries } from "./api";
import classes from "./Queries.module.css";
import { QueryControls } from "./QueryControls";
import { entryId, QueryList } from "./QueryList";
import { Rankings } from "./Rankings";
import type { Asked } from "./reportState";
import type { ViewProps } from "./settle";
import { strings } from "./strings";

/** The queries with their grades, and what was found for one of them. */
export function QueriesView(props: ViewProps) {
  const { report, state, change } = props;
  const asked: Asked = {
    result: state.cell,
    measure: state.measure,
    order: state.order,
    against: state.against || null,
    label: state.label || null,
  };
  const found = useQueries(report.name, asked);
  useReturn(state.query);
  return (
    <div className={classes.view}>
      <QueryControls {...props} />
      <div className={classes.panes} data-open={state.query !== ""}>
        <div className={classes.listPane}>
          <QueryList
            found={found}
            measure={state.measure}
            chosen={state.query}
            compared={state.other !== undefined}
            onChosen={(query) => {
              change({ query });
            }}
          />
        </div>
        <div className={classes.rankingPane}>
          {state.query ? (
            <Rankings key={state.query} {...props} />
          ) : (
            <Text c="dimmed">{strings.list.choose}</Text>
          )}
        </div>
      </div>
    </div>
  );
}

/** Whoever leaves a ranking is back at its query in the list. */
function useReturn(query: string): void {
  const last = useRef(query);
  useEffect(() => {
    if (last.current && !query) document.getElementById(entryId(last.current))?.focus();
    last.current = query;
  }, [query]);
}
