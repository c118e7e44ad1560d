import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useNavigate } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useRestore } from "./api";
import { collectionPath } from "./paths";
import { collectionStrings } from "./strings";
import type { Undoable } from "./undoable";

const strings = collectionStrings.remove;

/** After a deletion: that it was done, and the way back. */
export function UndoNotice({ deleted }: { readonly deleted: Undoable }) {
  const restoring = useRestore();
  const navigate = useNavigate();
  const { name, extractors, folders, entry } = deleted;
  return (
    <Alert role="status" variant="light" title={strings.done(name)}>
      <Stack gap="xs">
        <Text size="sm">{strings.undoHint(folders)}</Text>
        {restoring.isError ? <ProblemNotice error={restoring.error} /> : null}
        <Group gap="xs">
          <Button
            h={44}
            loading={restoring.isPending}
            onClick={() => {
              const make = { extractors: extractors.length > 0 ? [...extractors] : null };
              restoring.mutate(
                { collection: name, make, entry },
                { onSuccess: () => void navigate(collectionPath(name), { replace: true }) },
              );
            }}
          >
            {strings.undo}
          </Button>
          <Button h={44} variant="default" onClick={() => void navigate("/collections", { replace: true })}>
            {collectionStrings.dismiss}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
