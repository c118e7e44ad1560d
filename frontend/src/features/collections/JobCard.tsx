import { Anchor, Badge, Button, Card, Group, Progress, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import { isActive, type Job } from "@/lib/jobs";
import { useCancelJob, useResumeJob } from "./api";
import classes from "./collections.module.css";
import { JobFailures } from "./JobFailures";
import { JobFindings } from "./JobFindings";
import { findingsOf, outcomeOf } from "./outcome";
import { collectionPath } from "./paths";
import { collectionStrings } from "./strings";
import { formatDate, formatSpan } from "./times";
import { useWatchedJob } from "./useWatchedJob";

const strings = collectionStrings.jobs;
const COLOURS = {
  queued: "gray",
  running: "indigo",
  done: "teal",
  failed: "red",
  cancelled: "yellow",
} as const;

/** How it is called to go on with a job that ended so. */
const AGAIN: Readonly<Record<Job["state"], string>> = {
  queued: "",
  running: "",
  done: strings.retryFailed,
  failed: strings.retry,
  cancelled: strings.resume,
};

interface Props {
  readonly job: Job;
  /** Whether its news are followed as they happen. */
  readonly watched: boolean;
  readonly linked: boolean;
}

export function JobCard({ job, watched, linked }: Props) {
  const line = useWatchedJob(job, watched);
  const kind = strings.kinds[job.kind] ?? job.kind;
  const findings = findingsOf(job.result);
  const outcome = outcomeOf(job.result);
  return (
    <Card withBorder padding="sm">
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Group gap="xs">
            <Badge color={COLOURS[job.state]} variant="dot" tt="none" fw={500} size="lg">
              {job.cancel_requested && isActive(job) ? strings.cancelling : strings.states[job.state]}
            </Badge>
            <Text size="sm" fw={600}>
              {kind}
            </Text>
            {linked ? (
              <Text size="sm" className={classes.breaks ?? ""}>
                {strings.of}{" "}
                <Anchor
                  component={Link}
                  to={collectionPath(job.collection)}
                  underline="always"
                  className={classes.jobLink ?? ""}
                >
                  {job.collection}
                </Anchor>
              </Text>
            ) : null}
          </Group>
          <Group gap="xs">
            <Text size="xs" c="dimmed">
              {formatDate(job.ended_at ?? job.started_at ?? job.created_at)}
            </Text>
            <Actions job={job} />
          </Group>
        </Group>
        {isActive(job) ? <Running job={job} kind={kind} /> : null}
        <Text size="xs" c="dimmed" role="status" hidden={line === "live"}>
          {strings.lines[line]}
        </Text>
        {outcome ? (
          <Text size="sm" className={classes.numbers ?? ""}>
            {outcome}
          </Text>
        ) : null}
        {job.message ? (
          <Text size="sm" className={classes.breaks ?? ""}>
            {job.message} {job.remedy}
          </Text>
        ) : null}
        {findings ? <JobFindings findings={findings} /> : null}
        {job.failed > 0 ? <JobFailures job={job} /> : null}
      </Stack>
    </Card>
  );
}

function Running({ job, kind }: { readonly job: Job; readonly kind: string }) {
  if (job.state === "queued") return null;
  const share = job.total ? (100 * job.done) / job.total : 0;
  const facts = [
    job.task,
    job.total === null && job.done === 0 ? "" : strings.done(job.done, job.total),
    job.rate === null ? "" : strings.rate(job.rate),
    job.eta_s === null ? "" : strings.left(formatSpan(job.eta_s)),
  ];
  return (
    <Stack gap={4}>
      <Progress.Root size="md">
        <Progress.Section
          value={job.total === null ? 100 : share}
          animated={job.total === null}
          striped={job.total === null}
          aria-label={strings.progress(kind)}
        />
      </Progress.Root>
      <Text size="xs" className={classes.numbers ?? ""}>
        {facts.filter(Boolean).join(" · ")}
      </Text>
    </Stack>
  );
}

function Actions({ job }: { readonly job: Job }) {
  const cancelling = useCancelJob();
  const resuming = useResumeJob();
  const error = cancelling.error ?? resuming.error;
  return (
    <>
      {isActive(job) ? (
        <Button
          variant="default"
          h={44}
          disabled={job.cancel_requested}
          loading={cancelling.isPending}
          onClick={() => {
            cancelling.mutate(job.id);
          }}
        >
          {strings.cancel}
        </Button>
      ) : null}
      {job.resumable ? (
        <Button
          variant="default"
          h={44}
          loading={resuming.isPending}
          onClick={() => {
            resuming.mutate(job.id);
          }}
        >
          {AGAIN[job.state]}
        </Button>
      ) : null}
      {error ? <ProblemNotice error={error} /> : null}
    </>
  );
}
