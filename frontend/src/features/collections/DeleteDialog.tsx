import { Text } from "@mantine/core";
import { useNavigate } from "react-router";
import { useDeleteCollection } from "./api";
import { ConfirmDialog } from "./ConfirmDialog";
import { collectionStrings } from "./strings";
import type { Undoable } from "./undoable";

const strings = collectionStrings.remove;

interface Props {
  readonly name: string;
  readonly images: number | null;
  readonly extractors: readonly string[];
  /** Folders of the person, which an undo cannot index again by itself. */
  readonly folders: readonly string[];
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Says what becomes of what before a collection is deleted, and leads to where it can be undone. */
export function DeleteDialog({ name, images, extractors, folders, opened, onClose }: Props) {
  const deleting = useDeleteCollection();
  const navigate = useNavigate();
  return (
    <ConfirmDialog
      opened={opened}
      title={strings.title(name)}
      submit={strings.submit}
      pending={deleting.isPending}
      error={deleting.error}
      onClose={() => {
        deleting.reset();
        onClose();
      }}
      onConfirm={() => {
        deleting.mutate(name, {
          onSuccess: ({ trash }) => {
            const deleted: Undoable = { name, extractors, folders, entry: trash?.id ?? null };
            void navigate("/collections", { state: { deleted } });
          },
        });
      }}
    >
      <Text size="sm">{strings.text(images)}</Text>
      <Text size="sm">{strings.own}</Text>
      <Text size="sm">{strings.uploads}</Text>
    </ConfirmDialog>
  );
}
