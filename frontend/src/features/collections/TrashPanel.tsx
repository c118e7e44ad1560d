import { Button, Card, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useCollections } from "@/lib/catalogue";
import { formatBytes } from "@/lib/scores";
import { PAGE, useEmptyTrash, useRestore, useTrash, type Entry } from "./api";
import classes from "./collections.module.css";
import { ConfirmDialog } from "./ConfirmDialog";
import { Pages } from "./JobFailures";
import { collectionStrings } from "./strings";
import { formatDate } from "./times";

const strings = collectionStrings.trash;

/** Uploaded copies that were thrown away: put back, or deleted for good. */
export function TrashPanel() {
  const [page, setPage] = useState(1);
  const { data, error, refetch } = useTrash(page);
  const collections = useCollections().data?.collections;
  const [news, setNews] = useState("");
  if (error && !data) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={120} role="status" aria-label={collectionStrings.loading} />;
  const pages = Math.ceil(data.total / PAGE);
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {data.total === 0 ? `${strings.none} ${strings.hint}` : strings.hint}
        </Text>
        {data.total > 0 ? <Emptying entries={data.total} onEmptied={setNews} /> : null}
      </Group>
      <Text size="sm" role="status" hidden={news === ""}>
        {news}
      </Text>
      <Stack component="ul" gap="xs" className={classes.list ?? ""} aria-label={strings.list}>
        {data.entries.map((entry) => (
          <li key={entry.id}>
            <EntryCard
              entry={entry}
              gone={collections ? !collections.some(({ name }) => name === entry.collection) : false}
              onRestored={setNews}
            />
          </li>
        ))}
      </Stack>
      {pages > 1 ? <Pages total={pages} value={page} onChange={setPage} label={strings.pages} /> : null}
    </Stack>
  );
}

interface EntryProps {
  readonly entry: Entry;
  /** Whether the collection that it was thrown out of is there no longer. */
  readonly gone: boolean;
  readonly onRestored: (news: string) => void;
}

function EntryCard({ entry, gone, onRestored }: EntryProps) {
  const restoring = useRestore();
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between">
        <div>
          <Text fw={600} size="sm" className={classes.breaks ?? ""}>
            {entry.collection}
          </Text>
          <Text size="sm" c="dimmed" className={classes.numbers ?? ""}>
            {collectionStrings.files(entry.files)}, {formatBytes(entry.size)},{" "}
            {strings.thrown(formatDate(entry.thrown_at))}
          </Text>
        </div>
        <Button
          variant="default"
          h={44}
          loading={restoring.isPending}
          onClick={() => {
            const make = gone ? { extractors: null } : null;
            restoring.mutate(
              { collection: entry.collection, make, entry: entry.id },
              {
                onSuccess: () => {
                  onRestored(strings.restored(entry.files, entry.collection));
                },
              },
            );
          }}
        >
          {gone ? strings.restoreAnew(entry.collection) : strings.restore}
        </Button>
      </Group>
      {restoring.isError ? <ProblemNotice error={restoring.error} /> : null}
    </Card>
  );
}

interface EmptyingProps {
  readonly entries: number;
  readonly onEmptied: (news: string) => void;
}

function Emptying({ entries, onEmptied }: EmptyingProps) {
  const [asking, setAsking] = useState(false);
  const emptying = useEmptyTrash();
  const close = () => {
    setAsking(false);
    emptying.reset();
  };
  return (
    <>
      <Button
        variant="default"
        className={classes.warning ?? ""}
        h={44}
        onClick={() => {
          setAsking(true);
        }}
      >
        {strings.empty}
      </Button>
      <ConfirmDialog
        opened={asking}
        title={strings.emptyTitle}
        submit={strings.empty}
        pending={emptying.isPending}
        error={emptying.error}
        onClose={close}
        onConfirm={() => {
          emptying.mutate(undefined, {
            onSuccess: ({ bytes }) => {
              close();
              onEmptied(strings.emptied(formatBytes(bytes)));
            },
          });
        }}
      >
        <Text size="sm">{strings.emptyText(entries)}</Text>
      </ConfirmDialog>
    </>
  );
}
