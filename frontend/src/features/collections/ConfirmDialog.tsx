import { Button, Group, Modal, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { ProblemNotice } from "@/components/ProblemNotice";
import { collectionStrings } from "./strings";

interface Props {
  readonly opened: boolean;
  readonly title: string;
  readonly submit: string;
  readonly pending: boolean;
  readonly error: unknown;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
  readonly children: ReactNode;
}

/** Asks before something is deleted; the children say what happens. */
export function ConfirmDialog({
  opened,
  title,
  submit,
  pending,
  error,
  onClose,
  onConfirm,
  children,
}: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      closeButtonProps={{ "aria-label": collectionStrings.close, size: 44 }}
    >
      <Stack gap="sm">
        {children}
        {error ? <ProblemNotice error={error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" size="md" h={44} data-autofocus onClick={onClose}>
            {collectionStrings.cancel}
          </Button>
          <Button color="red.9" size="md" h={44} loading={pending} onClick={onConfirm}>
            {submit}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
