import { Button, Group, Text, TextInput, Title } from "@mantine/core";
import { IconDice5, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { PictureGrid } from "@/components/PictureGrid";
import { ProblemNotice } from "@/components/ProblemNotice";
import type { Schemas } from "@/lib/api";
import type { SearchState } from "@/lib/searchState";
import { AddressField } from "./AddressField";
import { useKeywordImages, useRandomImages } from "./api";
import { HitActions } from "./HitActions";
import classes from "./StartChoices.module.css";
import { strings } from "./strings";
import { TakePicture } from "./TakePicture";
import type { PictureInput } from "./usePicture";
import { FRESH, type Change } from "./useSearchState";

interface Props {
  readonly state: SearchState;
  readonly change: Change;
  readonly input: PictureInput;
}

const SEEDS = 2 ** 31;

/** Ways to begin: a picture of one's own, or an image of the collection, found by chance or by words. */
export function StartChoices({ state, change, input }: Props) {
  const byWords = useKeywordImages(state.collection, state.keywords);
  const random = useRandomImages(state.collection, state.seed, state.keywords === "");
  const source = state.keywords === "" ? random : byWords;
  const images = source.data?.images ?? [];
  return (
    <>
      <div className={classes.hero}>
        <Title order={1} size="h2">
          {strings.heading}
        </Title>
        <Text c="dimmed">{strings.lead}</Text>
        <Group gap="sm" justify="center">
          <TakePicture send={input.send} />
        </Group>
        <AddressField send={input.send} />
      </div>
      <Title order={2} size="h5" mb="xs">
        {strings.startFrom}
      </Title>
      <Group gap="sm" mb="md" align="end">
        <KeywordField
          key={state.keywords}
          words={state.keywords}
          onChange={(keywords) => {
            change({ keywords });
          }}
        />
        <Button
          variant="default"
          mih={44}
          leftSection={<IconDice5 size={18} aria-hidden />}
          onClick={() => {
            change({ keywords: "", seed: Math.floor(Math.random() * SEEDS) });
          }}
        >
          {strings.random}
        </Button>
      </Group>
      {source.error ? <ProblemNotice error={source.error} retry={() => void source.refetch()} /> : null}
      {source.data && images.length === 0 ? (
        <Text role="status">{strings.noKeywords(state.keywords)}</Text>
      ) : null}
      {images.length > 0 ? (
        <PictureGrid
          label={strings.startFrom}
          pictures={images.map(toPicture)}
          opens={strings.searchLike}
          onOpen={(index) => {
            const image = images[index];
            if (image) change({ ...FRESH, query: { kind: "image", id: image.id } });
          }}
          actions={({ id }, tabIndex) => (
            <HitActions id={id} state={state} change={change} tabIndex={tabIndex} />
          )}
        />
      ) : null}
    </>
  );
}

function KeywordField({
  words,
  onChange,
}: {
  readonly words: string;
  readonly onChange: (words: string) => void;
}) {
  const [typed, setTyped] = useState(words);
  return (
    <form
      role="search"
      className={classes.words}
      onSubmit={(event) => {
        event.preventDefault();
        onChange(typed.trim());
      }}
    >
      <TextInput
        aria-label={strings.keywords}
        placeholder={strings.keywordsHint}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
        }}
        className={classes.field ?? ""}
      />
      <Button type="submit" variant="default" mih={44} leftSection={<IconSearch size={18} aria-hidden />}>
        {strings.keywords}
      </Button>
    </form>
  );
}

function toPicture(image: Schemas["Image"]) {
  return { ...image, name: strings.hitName(image.path, image.labels) };
}
