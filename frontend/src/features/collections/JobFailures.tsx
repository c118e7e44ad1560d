import { Button, Collapse, Pagination, Skeleton, Stack, Text } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { ProblemNotice } from "@/components/ProblemNotice";
import type { Job } from "@/lib/jobs";
import { FAILURES_PAGE, useFailures } from "./api";
import classes from "./collections.module.css";
import { collectionStrings } from "./strings";

const strings = collectionStrings.jobs;

/** The files that failed, opened when asked for. */
export function JobFailures({ job }: { readonly job: Job }) {
  const [opened, setOpened] = useState(false);
  const Icon = opened ? IconChevronDown : IconChevronRight;
  return (
    <div>
      <Button
        variant="default"
        className={classes.warning ?? ""}
        h={44}
        px="xs"
        leftSection={<Icon size={16} aria-hidden />}
        aria-expanded={opened}
        onClick={() => {
          setOpened(!opened);
        }}
      >
        {strings.failures(job.failed)}
      </Button>
      <Collapse expanded={opened}>{opened ? <Failures job={job} /> : null}</Collapse>
    </div>
  );
}

function Failures({ job }: { readonly job: Job }) {
  const [page, setPage] = useState(1);
  const { data, error, refetch } = useFailures(job, page);
  if (error && !data) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (!data)
    return (
      <Skeleton
        role="status"
        aria-label={collectionStrings.loading}
        height={Math.min(job.failed, FAILURES_PAGE) * 64}
      />
    );
  const pages = Math.ceil(data.total / FAILURES_PAGE);
  return (
    <Stack gap="xs">
      <ul className={classes.rows} aria-label={strings.failuresOf}>
        {data.failures.map((failure, place) => (
          <li key={`${place} ${failure.path}`}>
            <Text size="sm" fw={600} className={classes.breaks ?? ""}>
              {failure.path}
            </Text>
            <Text size="sm">{failure.reason}</Text>
            <Text size="sm" c="dimmed">
              {failure.remedy}
            </Text>
          </li>
        ))}
      </ul>
      {pages > 1 ? <Pages total={pages} value={page} onChange={setPage} label={strings.pages} /> : null}
    </Stack>
  );
}

interface PagesProps {
  readonly total: number;
  readonly value: number;
  readonly onChange: (page: number) => void;
  readonly label: string;
}

export function Pages({ total, value, onChange, label }: PagesProps) {
  return (
    <nav aria-label={label}>
      <Pagination
        total={total}
        value={value}
        onChange={onChange}
        siblings={0}
        size={44}
        getItemProps={(page) => ({ "aria-label": collectionStrings.page(page) })}
        getControlProps={(control) => ({ "aria-label": collectionStrings.pageControls[control] })}
      />
    </nav>
  );
}
