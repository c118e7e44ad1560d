import { Button, Container, Group, Stack, Tabs, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useLocation, useSearchParams } from "react-router";
import { CollectionList } from "./CollectionList";
import { CreateDialog } from "./CreateDialog";
import { AllJobs } from "./JobList";
import { MayWrite } from "./MayWrite";
import { collectionStrings as strings } from "./strings";
import { TrashPanel } from "./TrashPanel";
import { undoableOf } from "./undoable";
import { UndoNotice } from "./UndoNotice";

const VIEWS = ["collections", "jobs", "trash"] as const;

/** What there is on the server: collections, the jobs that change them, and the trash. */
export function CollectionsPage() {
  const [params, setParams] = useSearchParams();
  const [creating, setCreating] = useState(false);
  const deleted = undoableOf(useLocation().state);
  const view = VIEWS.find((one) => one === params.get("view")) ?? "collections";
  const create = () => {
    setCreating(true);
  };
  return (
    <Container size="xl" px={0}>
      <Stack>
        <Group justify="space-between">
          <Title order={1} size="h2">
            {strings.title}
          </Title>
          <Button size="md" h={44} leftSection={<IconPlus size={18} aria-hidden />} onClick={create}>
            {strings.create.open}
          </Button>
        </Group>
        {deleted ? <UndoNotice key={deleted.name} deleted={deleted} /> : null}
        <Tabs
          value={view}
          keepMounted={false}
          onChange={(next) => {
            setParams(next && next !== "collections" ? { view: next } : {});
          }}
        >
          <Tabs.List mb="md">
            {VIEWS.map((one) => (
              <Tabs.Tab key={one} value={one} h={44}>
                {strings.views[one]}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="collections">
            <CollectionList onCreate={create} />
          </Tabs.Panel>
          <Tabs.Panel value="jobs">
            <MayWrite>
              <AllJobs />
            </MayWrite>
          </Tabs.Panel>
          <Tabs.Panel value="trash">
            <MayWrite>
              <TrashPanel />
            </MayWrite>
          </Tabs.Panel>
        </Tabs>
        <CreateDialog
          opened={creating}
          onClose={() => {
            setCreating(false);
          }}
        />
      </Stack>
    </Container>
  );
}
