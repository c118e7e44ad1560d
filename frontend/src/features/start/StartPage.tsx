import { Code, Container, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useMayWrite } from "@/lib/session";
import { useIndexFolder } from "./api";
import { FolderPicker } from "./FolderPicker";
import { IndexingProgress } from "./IndexingProgress";
import { strings } from "./strings";

const NAME = "[A-Za-z0-9_.\\-]{1,64}";

/** The way from nothing to a first answer. */
export function StartPage() {
  const [url] = useSearchParams();
  const [name, setName] = useState(url.get("collection") ?? strings.defaultName);
  const indexing = useIndexFolder();
  const mayWrite = useMayWrite();
  const valid = new RegExp(`^${NAME}$`).test(name);
  return (
    <Container size="sm" py="lg">
      <title>{strings.title}</title>
      <Stack gap="lg">
        <div>
          <Title order={1} size="h2">
            {strings.heading}
          </Title>
          <Text mt={4}>{strings.lead}</Text>
        </div>
        <Paper withBorder p="lg">
          {indexing.data ? (
            <IndexingProgress started={indexing.data} onLeave={indexing.reset} />
          ) : (
            <Stack gap="md">
              <Title order={2} size="h4">
                {strings.own}
              </Title>
              {mayWrite ? (
                <>
                  <TextInput
                    label={strings.name}
                    value={name}
                    error={valid ? null : strings.namePattern}
                    onChange={(event) => {
                      setName(event.currentTarget.value);
                    }}
                  />
                  <FolderPicker
                    busy={indexing.isPending || !valid}
                    onChosen={({ path }) => {
                      indexing.mutate({ name, path });
                    }}
                  />
                </>
              ) : (
                <Text>{strings.mayNot}</Text>
              )}
              {indexing.error ? <ProblemNotice error={indexing.error} /> : null}
            </Stack>
          )}
        </Paper>
        <Paper withBorder p="lg">
          <Title order={2} size="h4" mb={6}>
            {strings.demo}
          </Title>
          <Text size="sm" mb="xs">
            {strings.demoText}
          </Text>
          <Code block>{strings.demoCommand}</Code>
        </Paper>
      </Stack>
    </Container>
  );
}
