import { Button, Group, Stack, TagsInput, Text } from "@mantine/core";
import { IconFolderPlus, IconUpload } from "@tabler/icons-react";
import { useRef, useState } from "react";
import classes from "./collections.module.css";
import { droppedFiles } from "./dropped";
import { FolderDialog } from "./FolderDialog";
import { collectionStrings } from "./strings";
import { UploadProgress } from "./UploadProgress";
import { useUploader } from "./useUploader";

const strings = collectionStrings.add;
const PICTURES = "image/*,.heic,.heif,.avif,.tif,.tiff";

/** Two ways to put pictures into a collection: uploading them, and naming a folder that the server can see. */
export function AddPictures({ collection }: { readonly collection: string }) {
  const [uploader, upload] = useUploader(collection);
  const [labels, setLabels] = useState<string[]>([]);
  const [choosingFolder, setChoosingFolder] = useState(false);
  const add = (files: readonly File[]) => {
    if (files.length > 0) uploader.add(files, labels);
  };
  return (
    <Stack>
      <DropPlace
        onFiles={add}
        onFolder={() => {
          setChoosingFolder(true);
        }}
      />
      {upload.items.length > 0 ? <UploadProgress uploader={uploader} upload={upload} /> : null}
      <TagsInput
        label={strings.labels}
        description={strings.labelsHint}
        value={labels}
        onChange={setLabels}
        size="md"
        maxTags={100}
        maw={520}
      />
      <FolderDialog
        collection={collection}
        opened={choosingFolder}
        onClose={() => {
          setChoosingFolder(false);
        }}
      />
    </Stack>
  );
}

interface DropProps {
  readonly onFiles: (files: readonly File[]) => void;
  readonly onFolder: () => void;
}

function DropPlace({ onFiles, onFolder }: DropProps) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  return (
    // what is dropped can be chosen with the buttons inside as well
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- a place to drop on, not to press
    <div
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => {
        setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void droppedFiles(event.dataTransfer).then(onFiles);
      }}
    >
      <IconUpload size={28} aria-hidden />
      <Text fw={600}>{strings.drop}</Text>
      <Text size="sm" c="dimmed">
        {strings.dropHint}
      </Text>
      <Group justify="center" gap="sm">
        <Button
          size="md"
          h={44}
          onClick={() => {
            input.current?.click();
          }}
        >
          {strings.choose}
        </Button>
        <Button
          size="md"
          h={44}
          variant="default"
          leftSection={<IconFolderPlus size={18} aria-hidden />}
          onClick={onFolder}
        >
          {strings.folder}
        </Button>
      </Group>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={PICTURES}
        aria-label={strings.choose}
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}
