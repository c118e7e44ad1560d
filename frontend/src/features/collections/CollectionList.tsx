import { Badge, Button, Card, Center, Group, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useCollections } from "@/lib/catalogue";
import type { CollectionExtractor, CollectionSummary } from "./api";
import classes from "./collections.module.css";
import { healthOf } from "./health";
import { collectionPath } from "./paths";
import { collectionStrings as strings } from "./strings";

const COLUMNS = { base: 1, sm: 2, lg: 3 };

export function CollectionList({ onCreate }: { readonly onCreate: () => void }) {
  const { data, error, refetch } = useCollections();
  if (error && !data) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (!data) {
    return (
      <SimpleGrid cols={COLUMNS} aria-busy role="status" aria-label={strings.loading}>
        {[1, 2, 3].map((place) => (
          <Skeleton key={place} height={142} />
        ))}
      </SimpleGrid>
    );
  }
  if (data.collections.length === 0) return <None onCreate={onCreate} />;
  return (
    <SimpleGrid component="ul" className={classes.list ?? ""} cols={COLUMNS}>
      {data.collections.map((collection) => (
        <li key={collection.name}>
          <CollectionCard collection={collection} />
        </li>
      ))}
    </SimpleGrid>
  );
}

function None({ onCreate }: { readonly onCreate: () => void }) {
  return (
    <Center mih={240}>
      <Stack align="center" maw={460} ta="center">
        <Title order={2} size="h4">
          {strings.none.title}
        </Title>
        <Text>{strings.none.text}</Text>
        <Button size="md" h={44} onClick={onCreate}>
          {strings.create.open}
        </Button>
      </Stack>
    </Center>
  );
}

function CollectionCard({ collection }: { readonly collection: CollectionSummary }) {
  const { name, images, extractors, problem, remedy } = collection;
  return (
    <Card component={Link} to={collectionPath(name)} withBorder className={classes.card ?? ""} padding="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <Title order={2} size="h4" className={classes.breaks ?? ""}>
            {name}
          </Title>
          <HealthBadge collection={collection} />
        </Group>
        {images === null ? null : <Text className={classes.numbers ?? ""}>{strings.images(images)}</Text>}
        {problem ? (
          <Text size="sm" c="dimmed" lineClamp={3}>
            {problem} {remedy}
          </Text>
        ) : null}
        <Group gap={6}>
          {extractors.map((extractor) => (
            <ExtractorBadge key={extractor.name} extractor={extractor} />
          ))}
        </Group>
      </Stack>
    </Card>
  );
}

export function HealthBadge({ collection }: { readonly collection: CollectionSummary }) {
  const { label, colour } = healthOf(collection);
  return (
    <Badge color={colour} variant="dot" size="lg" tt="none" fw={500} style={{ flexShrink: 0 }}>
      {label}
    </Badge>
  );
}

function ExtractorBadge({ extractor }: { readonly extractor: CollectionExtractor }) {
  return (
    <Badge variant="default" tt="none" fw={500} size="lg" radius="sm">
      {extractor.name}
      {extractor.complete ? "" : ` · ${strings.extractors.missing(extractor.missing)}`}
    </Badge>
  );
}
