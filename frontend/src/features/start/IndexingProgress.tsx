import { Alert, Button, Group, Progress, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link } from "react-router";
import { EMPTY } from "@/lib/searchState";
import { isActive, type Job } from "@/lib/jobs";
import { searchLink } from "@/lib/links";
import { strings } from "./strings";
import { useJob } from "./useJob";

interface Props {
  readonly started: Job;
  readonly onLeave: () => void;
}

/** How far the first folder has come, and the way to the first search as soon as there is something to find. */
export function IndexingProgress({ started, onLeave }: Props) {
  const { job, line } = useJob(started);
  const client = useQueryClient();
  const ended = !isActive(job);
  useEffect(() => {
    if (ended) void client.invalidateQueries({ queryKey: ["collections"] });
  }, [ended, client]);
  const share = job.total ? Math.min(100, (100 * job.done) / job.total) : 0;
  return (
    <Stack gap="sm" aria-live="polite">
      <Title order={2} size="h4">
        {job.state === "done" ? strings.done(job.collection) : strings.indexing(job.collection)}
      </Title>
      {ended ? null : (
        <>
          <Progress
            value={job.total ? share : 100}
            animated
            size="lg"
            aria-label={strings.indexing(job.collection)}
          />
          <Text size="sm">{progressText(job)}</Text>
        </>
      )}
      {line === "live" || ended ? null : <Text size="sm">{strings.reconnecting}</Text>}
      {ended && job.state !== "done" ? (
        <Alert color="red" variant="light" role="alert" title={strings.notDone}>
          {job.message} {job.remedy}
        </Alert>
      ) : null}
      {job.failed > 0 ? <Text size="sm">{strings.failed(job.failed)}</Text> : null}
      <Group>
        {job.state === "done" || job.done > 0 ? (
          <Button
            component={Link}
            to={searchLink({ ...EMPTY, collection: job.collection })}
            mih={44}
            variant={job.state === "done" ? "filled" : "default"}
          >
            {job.state === "done" ? strings.search : strings.searchAlready}
          </Button>
        ) : null}
        {ended ? (
          <Button variant="subtle" mih={44} onClick={onLeave}>
            {strings.other}
          </Button>
        ) : null}
      </Group>
    </Stack>
  );
}

function progressText(job: Job): string {
  if (job.state === "queued") return strings.waiting;
  return [
    job.task,
    strings.progress(job.done, job.total),
    job.rate ? strings.rate(job.rate) : "",
    job.eta_s ? strings.eta(job.eta_s) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
