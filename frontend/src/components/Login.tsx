import { ActionIcon, Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { IconLogin, IconLogout } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { askForKey, endLogin, logIn, logOut, useLogin, useSession } from "@/lib/session";
import { frame } from "./frame.strings";
import { ProblemNotice } from "./ProblemNotice";

const strings = frame.login;

/** The dialog in which a key is given when the server asks for one. Stands once, in the frame. */
export function Login() {
  const { kind } = useLogin();
  return (
    <Modal
      opened={kind === "asked"}
      onClose={() => {
        endLogin(false);
      }}
      title={strings.title}
      centered
      closeButtonProps={{ "aria-label": strings.close }}
    >
      <LoginForm />
    </Modal>
  );
}

function LoginForm() {
  const client = useQueryClient();
  const [key, setKey] = useState("");
  const entering = useMutation({
    mutationFn: logIn,
    onSuccess: (session) => {
      client.setQueryData(["session"], session);
      endLogin(true);
      void client.invalidateQueries();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim()) entering.mutate(key.trim());
      }}
    >
      <Stack>
        <Text size="sm">{strings.explanation}</Text>
        <PasswordInput
          label={strings.key}
          description={strings.hint}
          value={key}
          onChange={(event) => {
            setKey(event.currentTarget.value);
          }}
          autoComplete="current-password"
          data-autofocus
          required
          size="md"
        />
        {entering.isError ? <ProblemNotice error={entering.error} /> : null}
        <Group justify="flex-end">
          <Button type="submit" size="md" h={44} loading={entering.isPending}>
            {strings.enter}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Logging in or out by hand, where the server knows keys; nothing where nobody needs one. */
export function LoginSwitch() {
  const client = useQueryClient();
  const { data: session } = useSession();
  const leaving = useMutation({
    mutationFn: logOut,
    onSuccess: () => client.resetQueries(),
  });
  if (!session || session.open) return null;
  const label = session.key ? strings.leave(session.key) : strings.enter;
  const Icon = session.key ? IconLogout : IconLogin;
  return (
    <ActionIcon
      size={44}
      variant="subtle"
      color="gray"
      aria-label={label}
      title={label}
      loading={leaving.isPending}
      onClick={() => {
        if (session.key) leaving.mutate();
        else void askForKey();
      }}
    >
      <Icon size={20} aria-hidden />
    </ActionIcon>
  );
}
