import { Skeleton, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { ProblemNotice } from "@/components/ProblemNotice";
import { isActive, type Job } from "@/lib/jobs";
import { PAGE, useJobs } from "./api";
import classes from "./collections.module.css";
import { JobCard } from "./JobCard";
import { Pages } from "./JobFailures";
import { collectionStrings } from "./strings";

const strings = collectionStrings.jobs;
/** A browser opens few connections to a server, and each that is followed keeps one. */
const MOST_WATCHED = 2;
const MOST_SHOWN = 8;

/** All jobs, page by page. */
export function AllJobs() {
  const [page, setPage] = useState(1);
  const { data, error, refetch } = useJobs((page - 1) * PAGE, PAGE);
  if (error && !data) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  const pages = Math.ceil(data.total / PAGE);
  return (
    <Stack>
      <Jobs jobs={data.jobs} linked />
      {pages > 1 ? <Pages total={pages} value={page} onChange={setPage} label={strings.allPages} /> : null}
    </Stack>
  );
}

/** The latest jobs of one collection. */
export function JobsOf({ collection }: { readonly collection: string }) {
  const { data, error, refetch } = useJobs();
  if (error && !data) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  const own = data.jobs.filter((job) => job.collection === collection);
  return (
    <Jobs jobs={[...own.filter(isActive), ...own.filter((job) => !isActive(job))].slice(0, MOST_SHOWN)} />
  );
}

function Waiting() {
  return <Skeleton height={70} role="status" aria-label={collectionStrings.loading} />;
}

function Jobs({ jobs, linked = false }: { readonly jobs: readonly Job[]; readonly linked?: boolean }) {
  if (jobs.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {strings.none}
      </Text>
    );
  }
  const first = [
    ...jobs.filter(({ state }) => state === "running"),
    ...jobs.filter(({ state }) => state === "queued"),
  ];
  const watched = new Set(first.slice(0, MOST_WATCHED).map(({ id }) => id));
  return (
    <Stack component="ul" gap="xs" className={classes.list ?? ""} aria-label={strings.list}>
      {jobs.map((job) => (
        <li key={job.id}>
          <JobCard job={job} watched={watched.has(job.id)} linked={linked} />
        </li>
      ))}
    </Stack>
  );
}
