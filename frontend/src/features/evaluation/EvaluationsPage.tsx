import { Anchor, Button, Card, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useReports, type Summary } from "./api";
import { Command } from "./Command";
import { DeleteReport } from "./DeleteReport";
import classes from "./EvaluationsPage.module.css";
import { formatDate, formatMean } from "./format";
import { strings } from "./strings";

/** The reports that there are, and how to make one. */
export function EvaluationsPage() {
  return (
    <div className={classes.page}>
      <title>{strings.title}</title>
      <div>
        <Title order={1} size="h3">
          {strings.heading}
        </Title>
        <Text c="dimmed" maw={720}>
          {strings.intro}
        </Text>
      </div>
      <Reports />
    </div>
  );
}

function Reports() {
  const { data, error, refetch, isFetching } = useReports();
  if (error && !data) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (!data) {
    return (
      <div className={classes.list} role="status" aria-label={strings.loading}>
        {[1, 2, 3].map((place) => (
          <Skeleton key={place} height={168} />
        ))}
      </div>
    );
  }
  const none = data.evaluations.length === 0;
  return (
    <>
      {none ? null : (
        <ul className={classes.list} aria-label={strings.reports}>
          {data.evaluations.map((one) => (
            <li key={one.name}>{one.problem ? <Damaged report={one} /> : <ReportCard report={one} />}</li>
          ))}
        </ul>
      )}
      <section className={none ? classes.empty : classes.another} aria-labelledby="how">
        <Title order={2} size="h4" id="how">
          {none ? strings.empty : strings.another}
        </Title>
        {none ? <Text maw={560}>{strings.emptyMore}</Text> : null}
        <Command />
        {none ? (
          <Button variant="default" h={44} loading={isFetching} onClick={() => void refetch()}>
            {strings.again}
          </Button>
        ) : null}
      </section>
    </>
  );
}

function ReportCard({ report }: { readonly report: Summary }) {
  const { name, dataset, created_at: at, protocol, images, queries } = report;
  return (
    <Card component={Link} to={reportPath(name)} withBorder padding="md" className={classes.card ?? ""}>
      <Stack gap={6}>
        <Title order={2} size="h4" className={classes.breaks ?? ""}>
          {dataset}
        </Title>
        {report.best && report.primary_measure && report.best_mean !== null ? (
          <Text>
            {strings.bestWas}: <strong>{report.best.replace(/\/exact$/, "").replaceAll("/", " · ")}</strong>
            <br />
            {strings.bestOf(report.primary_measure, formatMean(report.best_mean))}
          </Text>
        ) : null}
        <Text size="sm" c="dimmed">
          {[strings.images(images ?? 0), strings.queries(queries ?? 0), protocol].join(" · ")}
        </Text>
        {at ? (
          <Text size="sm" c="dimmed">
            <time dateTime={at}>{formatDate(at)}</time>
          </Text>
        ) : null}
      </Stack>
    </Card>
  );
}

/** A report that is damaged: what is wrong, and a way to be rid of it. */
function Damaged({ report }: { readonly report: Summary }) {
  return (
    <Card withBorder padding="md" className={classes.card ?? ""}>
      <Stack gap={6}>
        <Group gap={8} wrap="nowrap" align="flex-start">
          <IconAlertTriangle aria-hidden className={classes.warning} />
          <Title order={2} size="h4" className={classes.breaks ?? ""}>
            {report.name}
          </Title>
        </Group>
        <Text size="sm" fw={600}>
          {strings.damaged}
        </Text>
        <Text size="sm">
          {report.problem} {report.remedy}
        </Text>
        <DeleteReport name={report.name} />
      </Stack>
    </Card>
  );
}

export function reportPath(name: string): string {
  return `/evaluations/${encodeURIComponent(name)}`;
}

export function BackToReports() {
  return (
    <Anchor component={Link} to="/evaluations" className={classes.back ?? ""}>
      {strings.back}
    </Anchor>
  );
}
