import {
  Anchor,
  Breadcrumbs,
  Button,
  Checkbox,
  Group,
  Modal,
  Skeleton,
  Stack,
  Text,
  TextInput,
  UnstyledButton,
} from "@mantine/core";
import { IconChevronRight, IconFolder } from "@tabler/icons-react";
import { useState } from "react";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useFolders, useIndexFolder } from "./api";
import classes from "./collections.module.css";
import { collectionStrings } from "./strings";

const strings = collectionStrings.folder;

interface Props {
  readonly collection: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** A folder of the server is chosen, and a job indexes it. */
export function FolderDialog({ collection, opened, onClose }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={strings.title(collection)}
      size="lg"
      closeButtonProps={{ "aria-label": collectionStrings.close, size: 44 }}
    >
      <FolderForm collection={collection} onClose={onClose} />
    </Modal>
  );
}

function FolderForm({ collection, onClose }: Omit<Props, "opened">) {
  const [place, setPlace] = useState("");
  const [path, setPath] = useState("");
  const [removeMissing, setRemoveMissing] = useState(false);
  const [replaceChanged, setReplaceChanged] = useState(false);
  const indexing = useIndexFolder(collection);
  const go = (to: string) => {
    setPlace(to);
    setPath(to);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        indexing.mutate(
          { path, remove_missing: removeMissing, replace_changed: replaceChanged },
          { onSuccess: onClose },
        );
      }}
    >
      <Stack>
        <Crumbs path={place} onGo={go} />
        <Folders path={place} onGo={go} />
        <TextInput
          label={strings.path}
          description={strings.pathHint}
          value={path}
          onChange={(event) => {
            setPath(event.currentTarget.value);
          }}
          size="md"
          spellCheck={false}
          autoCapitalize="off"
        />
        <Checkbox
          label={strings.removeMissing}
          checked={removeMissing}
          onChange={(event) => {
            setRemoveMissing(event.currentTarget.checked);
          }}
        />
        <Checkbox
          label={strings.replaceChanged}
          checked={replaceChanged}
          onChange={(event) => {
            setReplaceChanged(event.currentTarget.checked);
          }}
        />
        {indexing.isError ? <ProblemNotice error={indexing.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" size="md" h={44} onClick={onClose}>
            {collectionStrings.cancel}
          </Button>
          <Button type="submit" size="md" h={44} disabled={!path.trim()} loading={indexing.isPending}>
            {strings.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface PlaceProps {
  readonly path: string;
  readonly onGo: (path: string) => void;
}

function Crumbs({ path, onGo }: PlaceProps) {
  const names = path.split("/").filter(Boolean);
  const crumbs = [
    { name: strings.top, to: "" },
    ...names.map((name, depth) => ({ name, to: names.slice(0, depth + 1).join("/") })),
  ];
  return (
    <nav aria-label={strings.crumbs}>
      <Breadcrumbs separatorMargin={4} style={{ flexWrap: "wrap" }}>
        {crumbs.map(({ name, to }) => (
          <Anchor
            key={to}
            component="button"
            type="button"
            size="sm"
            mih={44}
            {...(to === path ? { "aria-current": "location" as const } : {})}
            onClick={() => {
              onGo(to);
            }}
          >
            {name}
          </Anchor>
        ))}
      </Breadcrumbs>
    </nav>
  );
}

function Folders({ path, onGo }: PlaceProps) {
  const { data, error, refetch } = useFolders(path);
  if (error && !data) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={264} role="status" aria-label={collectionStrings.loading} />;
  return (
    <div>
      <ul className={classes.folders} aria-label={strings.top}>
        {data.folders.map((folder) => (
          <li key={folder.path}>
            <UnstyledButton
              className={classes.folder ?? ""}
              onClick={() => {
                onGo(folder.path);
              }}
            >
              <IconFolder size={20} aria-hidden style={{ flexShrink: 0 }} />
              <Text size="sm" flex={1} className={classes.breaks ?? ""}>
                {folder.name}
              </Text>
              <Text size="xs" c="dimmed">
                {strings.images(folder.images, folder.images_at_least)}
              </Text>
              <IconChevronRight size={16} aria-hidden style={{ flexShrink: 0 }} />
            </UnstyledButton>
          </li>
        ))}
        {data.folders.length === 0 ? (
          <Text component="li" size="sm" c="dimmed" py="md">
            {path === "" ? strings.nothing : strings.none}
          </Text>
        ) : null}
      </ul>
      {data.unlisted > 0 ? (
        <Text size="xs" c="dimmed">
          {strings.unlisted(data.unlisted)}
        </Text>
      ) : null}
    </div>
  );
}
