import { Button, Group, NativeSelect, Skeleton, Tabs, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMemo } from "react";
import { useParams } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import { Problem } from "@/lib/api";
import { AboutView } from "./AboutView";
import { downloadOf, useReport, type Report } from "./api";
import { DeleteReport } from "./DeleteReport";
import classes from "./EvaluationPage.module.css";
import { BackToReports } from "./EvaluationsPage";
import { formatDate } from "./format";
import { LabelsView } from "./LabelsView";
import { QueriesView } from "./QueriesView";
import { VIEWS, type View } from "./reportState";
import { settle } from "./settle";
import { ResultsView } from "./ResultsView";
import { strings } from "./strings";
import { useReportState } from "./useReportState";

const GONE = 404;

/** One report: its results, queries, labels, and how it was measured. */
export function EvaluationPage() {
  const { name = "" } = useParams();
  const { data, error, refetch } = useReport(name);
  const gone = error instanceof Problem && error.status === GONE;
  return (
    <div className={classes.page}>
      <title>{data ? strings.report(data.dataset) : strings.title}</title>
      <BackToReports />
      {data && !gone ? (
        <Shown report={data} />
      ) : error ? (
        <>
          <ProblemNotice error={error} {...(gone ? {} : { retry: () => void refetch() })} />
          <Group>{gone ? null : <DeleteReport name={name} />}</Group>
        </>
      ) : (
        <div role="status" aria-label={strings.loading}>
          <Skeleton height={40} mb="md" />
          <Skeleton height={380} />
        </div>
      )}
    </div>
  );
}

function Shown({ report }: { readonly report: Report }) {
  const [asked, change] = useReportState();
  const state = useMemo(() => settle(asked, report), [asked, report]);
  const props = { report, state, change };
  const panels: Readonly<Record<View, () => React.JSX.Element>> = {
    results: () => <ResultsView {...props} />,
    queries: () => <QueriesView {...props} />,
    labels: () => <LabelsView {...props} />,
    about: () => <AboutView report={report} />,
  };
  return (
    <>
      <Heading report={report} />
      <Tabs
        value={state.view}
        keepMounted={false}
        onChange={(view) => {
          change({ view: VIEWS.find((one) => one === view) ?? "results" });
        }}
      >
        <div className={classes.bar}>
          <Tabs.List aria-label={strings.views.label} className={classes.tabs ?? ""}>
            {VIEWS.map((view) => (
              <Tabs.Tab key={view} value={view} h={44}>
                {strings.views[view]}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {state.view === "about" ? null : (
            <NativeSelect
              label={strings.measure}
              classNames={{ root: classes.measure ?? "", input: classes.input ?? "" }}
              data={report.measures.map((one) => one.name)}
              value={state.measure}
              onChange={({ currentTarget: { value } }) => {
                change({ measure: value === report.primary_measure ? "" : value });
              }}
            />
          )}
        </div>
        {VIEWS.map((view) => (
          <Tabs.Panel key={view} value={view} pt="md">
            {view === state.view ? panels[view]() : null}
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}

function Heading({ report }: { readonly report: Report }) {
  const { name, dataset, created_at: at, images, queries, protocol } = report;
  return (
    <Group justify="space-between" align="flex-end">
      <div className={classes.heading}>
        <Title order={1} size="h3" className={classes.breaks ?? ""}>
          {dataset}
        </Title>
        <Text size="sm" c="dimmed">
          {[strings.images(images), strings.queries(queries), protocol].join(" · ")} ·{" "}
          <time dateTime={at}>{formatDate(at)}</time>
        </Text>
      </div>
      <Group gap="xs">
        <Button
          component="a"
          href={downloadOf(name)}
          download
          variant="default"
          h={44}
          leftSection={<IconDownload size={18} aria-hidden />}
        >
          {strings.download}
        </Button>
        <DeleteReport name={name} />
      </Group>
    </Group>
  );
}
