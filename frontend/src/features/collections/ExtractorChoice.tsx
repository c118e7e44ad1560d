import { Badge, Checkbox, Code, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useId } from "react";
import { ProblemNotice } from "@/components/ProblemNotice";
import type { Schemas } from "@/lib/api";
import { useExtractors } from "@/lib/catalogue";
import classes from "./collections.module.css";
import { collectionStrings } from "./strings";

const strings = collectionStrings.create;

interface Props {
  readonly chosen: readonly string[] | null;
  readonly without?: readonly string[];
  /** Called with the names; the server's own choice stands until then. */
  readonly onChange: (names: string[]) => void;
}

/** The extractors to choose from, each with what it is for and how to get weights that are missing. */
export function ExtractorChoice({ chosen, without = [], onChange }: Props) {
  const { data, error, refetch } = useExtractors();
  if (error && !data) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={320} role="status" aria-label={collectionStrings.loading} />;
  const usable = data.extractors.filter((one) => one.usable && data.default.includes(one.name));
  const names = chosen ?? usable.map(({ name }) => name);
  const offered = data.extractors.filter(({ name }) => !without.includes(name));
  return (
    <Stack gap="xs">
      {offered.map((extractor) => (
        <Choice
          key={extractor.name}
          extractor={extractor}
          checked={names.includes(extractor.name)}
          onChange={(checked) => {
            const others = names.filter((name) => name !== extractor.name);
            onChange(checked ? [...others, extractor.name] : others);
          }}
        />
      ))}
    </Stack>
  );
}

interface ChoiceProps {
  readonly extractor: Schemas["Extractor"];
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

function Choice({ extractor, checked, onChange }: ChoiceProps) {
  const id = useId();
  const missing = extractor.weights && !extractor.weights.available;
  return (
    <div className={classes.choice}>
      <Checkbox
        id={id}
        size="md"
        checked={checked}
        aria-describedby={`${id}-about`}
        onChange={(event) => {
          onChange(event.currentTarget.checked);
        }}
      />
      <Stack gap={4} flex={1}>
        <Group gap="xs">
          <Text component="label" htmlFor={id} fw={600} size="sm" className={classes.choiceName ?? ""}>
            {extractor.name}
          </Text>
          <Text size="xs" c="dimmed" className={classes.numbers}>
            {strings.dims(extractor.dims)}
          </Text>
          {missing ? (
            <Badge color="yellow.3" size="sm">
              {strings.missing}
            </Badge>
          ) : null}
        </Group>
        <Text size="sm" id={`${id}-about`}>
          {extractor.summary}
        </Text>
        {missing ? (
          <Text size="sm" className={classes.breaks}>
            {strings.missingHint} <Remedy text={extractor.weights?.remedy ?? ""} />
          </Text>
        ) : null}
      </Stack>
    </div>
  );
}

/** A remedy whose commands stand between backticks. */
export function Remedy({ text }: { readonly text: string }) {
  return text
    .split("`")
    .map((part, place) =>
      place % 2 === 1 ? <Code key={place}>{part}</Code> : <span key={place}>{part}</span>,
    );
}
