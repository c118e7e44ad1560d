import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useMayWrite } from "@/lib/session";
import { useDeleteReport } from "./api";
import { strings } from "./strings";

/** Deletes a report, after a question; only those see it who may. */
export function DeleteReport({ name }: { readonly name: string }) {
  const [asking, setAsking] = useState(false);
  const { mutate, isPending, error, reset } = useDeleteReport();
  const navigate = useNavigate();
  const mayWrite = useMayWrite();
  if (!mayWrite) return null;
  const close = () => {
    setAsking(false);
    reset();
  };
  const remove = () => {
    mutate(name, {
      onSuccess: () => {
        setAsking(false);
        void navigate("/evaluations");
      },
    });
  };
  return (
    <>
      <Button
        variant="default"
        h={44}
        leftSection={<IconTrash size={18} aria-hidden />}
        onClick={() => {
          setAsking(true);
        }}
      >
        {strings.remove}
      </Button>
      <Modal
        opened={asking}
        onClose={close}
        title={strings.removeTitle}
        closeButtonProps={{ "aria-label": strings.close, size: 44 }}
      >
        <Stack gap="sm">
          <Text style={{ overflowWrap: "anywhere" }}>{strings.removeText(name)}</Text>
          {error ? <ProblemNotice error={error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" h={44} data-autofocus onClick={close}>
              {strings.cancel}
            </Button>
            <Button color="red.9" h={44} loading={isPending} onClick={remove}>
              {strings.remove}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
