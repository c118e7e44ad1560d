import { NativeSelect, Text } from "@mantine/core";
import page from "./EvaluationPage.module.css";
import classes from "./Queries.module.css";
import { needsAnother, ORDERS } from "./reportState";
import { nameOf } from "./results";
import type { ViewProps } from "./settle";
import { strings } from "./strings";

const texts = strings.list;

/** Which result's queries, beside which other one, in which order, with which label. */
export function QueryControls({ report, state, change }: ViewProps) {
  const results = report.results.map((one) => ({ value: one.key, label: nameOf(one) }));
  const labels = report.labels.filter(({ queries }) => queries > 0).map(({ label }) => label);
  const orders = ORDERS.filter((order) => state.other !== undefined || !needsAnother(order));
  const look = { classNames: { root: classes.control ?? "", input: page.input ?? "" } };
  return (
    <div>
      <div className={classes.controls}>
        <NativeSelect
          {...look}
          label={texts.cell}
          data={results}
          value={state.cell}
          onChange={({ currentTarget: { value } }) => {
            change({ cell: value, against: value === state.against ? "" : state.against });
          }}
        />
        <NativeSelect
          {...look}
          label={texts.against}
          data={[{ value: "", label: texts.nothing }, ...results.filter(({ value }) => value !== state.cell)]}
          value={state.against}
          onChange={({ currentTarget: { value } }) => {
            change({ against: value, order: value ? "ahead" : "worst" });
          }}
        />
        <NativeSelect
          {...look}
          label={texts.order}
          data={orders.map((order) => ({ value: order, label: texts.orders[order] }))}
          value={state.order}
          onChange={({ currentTarget: { value } }) => {
            change({ order: ORDERS.find((one) => one === value) ?? "worst" });
          }}
        />
        <NativeSelect
          {...look}
          label={texts.label}
          data={[{ value: "", label: texts.allLabels }, ...labels]}
          value={state.label}
          onChange={({ currentTarget: { value } }) => {
            change({ label: value });
          }}
        />
      </div>
      {state.other || report.results.length < 2 ? null : (
        <Text size="sm" c="dimmed" mt={6}>
          {texts.sameNone}
        </Text>
      )}
    </div>
  );
}
