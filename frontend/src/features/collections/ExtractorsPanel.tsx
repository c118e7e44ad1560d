import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useExtractors } from "@/lib/catalogue";
import { useAddExtractor, useDropExtractor, type CollectionExtractor, type CollectionSummary } from "./api";
import classes from "./collections.module.css";
import { ConfirmDialog } from "./ConfirmDialog";
import { ExtractorChoice, Remedy } from "./ExtractorChoice";
import { collectionStrings } from "./strings";

const strings = collectionStrings.extractors;

interface Props {
  readonly collection: CollectionSummary;
}

/** What a collection's images are described by. */
export function ExtractorsPanel({ collection }: Props) {
  const [adding, setAdding] = useState(false);
  const [dropping, setDropping] = useState<string>();
  const drop = useDropExtractor(collection.name);
  const close = () => {
    setDropping(undefined);
    drop.reset();
  };
  return (
    <Stack gap="xs">
      <ul className={classes.rows} style={{ maxHeight: "none" }} aria-label={strings.title}>
        {collection.extractors.map((extractor) => (
          <li key={extractor.name}>
            <ExtractorRow
              extractor={extractor}
              only={collection.extractors.length === 1}
              onDrop={setDropping}
            />
          </li>
        ))}
      </ul>
      <div>
        <Button
          variant="default"
          size="md"
          h={44}
          onClick={() => {
            setAdding(true);
          }}
        >
          {strings.add}
        </Button>
      </div>
      <AddDialog
        collection={collection}
        opened={adding}
        onClose={() => {
          setAdding(false);
        }}
      />
      <ConfirmDialog
        opened={dropping !== undefined}
        title={strings.dropTitle(dropping ?? "")}
        submit={strings.dropShort}
        pending={drop.isPending}
        error={drop.error}
        onClose={close}
        onConfirm={() => {
          if (dropping) drop.mutate(dropping, { onSuccess: close });
        }}
      >
        <Text size="sm">{strings.dropText(dropping ?? "", collection.images ?? 0)}</Text>
      </ConfirmDialog>
    </Stack>
  );
}

interface RowProps {
  readonly extractor: CollectionExtractor;
  readonly only: boolean;
  readonly onDrop: (name: string) => void;
}

function ExtractorRow({ extractor, only, onDrop }: RowProps) {
  const { name, dims, complete, missing, usable, problem, remedy } = extractor;
  return (
    <Group justify="space-between" wrap="nowrap" align="flex-start">
      <div>
        <Text size="sm" fw={600} className={classes.breaks ?? ""}>
          {name}
        </Text>
        <Text size="sm" c="dimmed" className={classes.numbers ?? ""}>
          {collectionStrings.create.dims(dims)}, {strings.metric(extractor.default_metric)} ·{" "}
          {complete ? strings.complete : strings.missing(missing)}
        </Text>
        {usable ? null : (
          <Text size="sm" className={classes.breaks ?? ""}>
            {problem} <Remedy text={remedy} />
          </Text>
        )}
      </div>
      <Button
        variant="default"
        className={classes.warning ?? ""}
        h={44}
        px="xs"
        style={{ flexShrink: 0 }}
        disabled={only}
        title={only ? strings.only : strings.drop(name)}
        aria-label={strings.drop(name)}
        onClick={() => {
          onDrop(name);
        }}
      >
        {strings.dropShort}
      </Button>
    </Group>
  );
}

interface AddProps extends Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

function AddDialog({ collection, opened, onClose }: AddProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={strings.addTitle(collection.name)}
      size="lg"
      closeButtonProps={{ "aria-label": collectionStrings.close, size: 44 }}
    >
      <AddForm collection={collection} onClose={onClose} />
    </Modal>
  );
}

function AddForm({ collection, onClose }: Omit<AddProps, "opened">) {
  const [chosen, setChosen] = useState<string>();
  const known = useExtractors().data?.extractors ?? [];
  const adding = useAddExtractor(collection.name);
  const there = collection.extractors.map(({ name }) => name);
  const all = known.length > 0 && known.every(({ name }) => there.includes(name));
  return (
    <Stack>
      <Text size="sm">{all ? strings.all : strings.addHint}</Text>
      <ExtractorChoice
        chosen={chosen === undefined ? [] : [chosen]}
        without={there}
        onChange={(names) => {
          setChosen(names.at(-1));
        }}
      />
      {adding.isError ? <ProblemNotice error={adding.error} /> : null}
      <Group justify="flex-end">
        <Button variant="default" size="md" h={44} onClick={onClose}>
          {collectionStrings.cancel}
        </Button>
        <Button
          size="md"
          h={44}
          disabled={chosen === undefined}
          loading={adding.isPending}
          onClick={() => {
            if (chosen !== undefined) adding.mutate(chosen, { onSuccess: onClose });
          }}
        >
          {strings.submit}
        </Button>
      </Group>
    </Stack>
  );
}
