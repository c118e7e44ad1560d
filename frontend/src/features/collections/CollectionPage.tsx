import { Anchor, Button, Container, Group, Menu, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconArrowLeft, IconDots, IconSearch } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { Link, useParams } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import { Problem, type Schemas } from "@/lib/api";
import { AddPictures } from "./AddPictures";
import { useCollection, useUpkeep } from "./api";
import classes from "./collections.module.css";
import { HealthBadge } from "./CollectionList";
import { DeleteDialog } from "./DeleteDialog";
import { ExtractorsPanel } from "./ExtractorsPanel";
import { JobsOf } from "./JobList";
import { MayWrite } from "./MayWrite";
import { searchPath } from "./paths";
import { collectionStrings as strings } from "./strings";

const NOT_FOUND = 404;

/** One collection: what is in it, what is being done with it, and all that can be. */
export function CollectionPage() {
  const name = useParams().name ?? "";
  const { data, error, refetch } = useCollection(name);
  return (
    <Container size="xl" px={0}>
      <Stack gap="lg">
        <Anchor component={Link} to="/collections" size="sm" mih={44} className={classes.back ?? ""}>
          <IconArrowLeft size={16} aria-hidden /> {strings.back}
        </Anchor>
        {error instanceof Problem && error.status === NOT_FOUND ? (
          <Gone name={name} />
        ) : data ? (
          <>
            {error ? <ProblemNotice error={error} retry={() => void refetch()} /> : null}
            <Shown key={name} collection={data} />
          </>
        ) : error ? (
          <Unopened name={name} error={error} retry={() => void refetch()} />
        ) : (
          <Loading name={name} />
        )}
      </Stack>
    </Container>
  );
}

function Loading({ name }: { readonly name: string }) {
  return (
    <Stack aria-busy role="status" aria-label={strings.loading}>
      <Title order={1} size="h2" className={classes.breaks ?? ""}>
        {name}
      </Title>
      <Skeleton height={26} width={160} />
      <div className={classes.columns}>
        <Skeleton height={320} />
        <Skeleton height={180} />
      </div>
    </Stack>
  );
}

function Gone({ name }: { readonly name: string }) {
  return (
    <Stack align="flex-start">
      <Title order={1} size="h2" className={classes.breaks ?? ""}>
        {name}
      </Title>
      <Text fw={600}>{strings.gone.title}</Text>
      <Text>{strings.gone.text}</Text>
      <Group>
        <Button component={Link} to="/collections" size="md" h={44}>
          {strings.back}
        </Button>
        <Button component={Link} to="/collections?view=trash" size="md" h={44} variant="default">
          {strings.views.trash}
        </Button>
      </Group>
    </Stack>
  );
}

interface UnopenedProps {
  readonly name: string;
  readonly error: Error;
  readonly retry: () => void;
}

/** A damaged collection can still be checked and deleted. */
function Unopened({ name, error, retry }: UnopenedProps) {
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2" className={classes.breaks ?? ""}>
          {name}
        </Title>
        <Actions name={name} images={null} extractors={[]} folders={[]} />
      </Group>
      <ProblemNotice error={error} retry={retry} />
      <Section title={strings.jobs.title}>
        <MayWrite>
          <JobsOf collection={name} />
        </MayWrite>
      </Section>
    </Stack>
  );
}

function Shown({ collection }: { readonly collection: Schemas["Collection"] }) {
  const { name, images, extractors } = collection;
  const folders = collection.folders ?? [];
  const own = folders.map((folder) => folder.name).filter((folder) => folder !== strings.folders.uploads);
  return (
    <>
      <Group justify="space-between" align="flex-start">
        <Stack gap={6}>
          <Title order={1} size="h2" className={classes.breaks ?? ""}>
            {name}
          </Title>
          <Group gap="sm">
            <HealthBadge collection={collection} />
            <Text size="sm" className={classes.numbers ?? ""}>
              {strings.images(images ?? 0)}
            </Text>
          </Group>
        </Stack>
        <Group gap="xs">
          {images ? (
            <Button
              component={Link}
              to={searchPath(name)}
              size="md"
              h={44}
              leftSection={<IconSearch size={18} aria-hidden />}
            >
              {strings.search}
            </Button>
          ) : null}
          <Actions name={name} images={images} extractors={extractors.map((one) => one.name)} folders={own} />
        </Group>
      </Group>
      <div className={classes.columns}>
        <Stack gap="lg" miw={0}>
          <Section title={strings.add.title}>
            <AddPictures collection={name} />
          </Section>
          <Section title={strings.jobs.title}>
            <MayWrite>
              <JobsOf collection={name} />
            </MayWrite>
          </Section>
        </Stack>
        <Stack gap="lg" miw={0}>
          <Section title={strings.extractors.title}>
            <ExtractorsPanel collection={collection} />
          </Section>
          <Section title={strings.folders.title}>
            <Folders folders={folders} />
          </Section>
        </Stack>
      </div>
    </>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={2} size="h4" mb="xs">
        {title}
      </Title>
      {children}
    </section>
  );
}

function Folders({ folders }: { readonly folders: readonly Schemas["IndexedFolder"][] }) {
  if (folders.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {strings.folders.none}
      </Text>
    );
  }
  return (
    <ul className={classes.rows}>
      {folders.map(({ name, files }) => (
        <li key={name}>
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm" className={classes.breaks ?? ""}>
              {name === strings.folders.uploads ? strings.folders.uploadsShown : name}
            </Text>
            <Text size="sm" c="dimmed" className={classes.numbers ?? ""} style={{ flexShrink: 0 }}>
              {strings.files(files)}
            </Text>
          </Group>
        </li>
      ))}
    </ul>
  );
}

interface ActionsProps {
  readonly name: string;
  readonly images: number | null;
  readonly extractors: readonly string[];
  readonly folders: readonly string[];
}

function Actions({ name, ...facts }: ActionsProps) {
  const [deleting, setDeleting] = useState(false);
  const upkeep = useUpkeep(name);
  return (
    <>
      <Menu position="bottom-end" withinPortal={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button
            variant="default"
            size="md"
            h={44}
            px="sm"
            aria-label={strings.upkeep.menu}
            title={strings.upkeep.menu}
          >
            <IconDots size={18} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {(["check", "compact"] as const).map((work) => (
            <Menu.Item
              key={work}
              mih={44}
              onClick={() => {
                upkeep.mutate(work);
              }}
            >
              {strings.upkeep[work]}
              <Text size="xs" c="dimmed">
                {strings.upkeep[`${work}Hint`]}
              </Text>
            </Menu.Item>
          ))}
          <Menu.Item
            mih={44}
            className={classes.warning ?? ""}
            onClick={() => {
              setDeleting(true);
            }}
          >
            {strings.remove.open}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {upkeep.isError ? <ProblemNotice error={upkeep.error} /> : null}
      <DeleteDialog
        name={name}
        {...facts}
        opened={deleting}
        onClose={() => {
          setDeleting(false);
        }}
      />
    </>
  );
}
