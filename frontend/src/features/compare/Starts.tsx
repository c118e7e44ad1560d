import { Button, Group, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import { PictureGrid } from "@/components/PictureGrid";
import { ProblemNotice } from "@/components/ProblemNotice";
import { searchLink } from "@/lib/links";
import type { SearchState } from "@/lib/searchState";
import { useStarts } from "./api";
import { strings } from "./strings";
import { withoutQuery } from "./QueryBox";

interface Props {
  readonly search: SearchState;
  readonly onChosen: (id: string) => void;
}

/** Without a query: the way to choose one, and images of the collection to begin with at once. */
export function Starts({ search, onChosen }: Props) {
  const { data, error, refetch } = useStarts(search.collection);
  const images = data?.images ?? [];
  return (
    <div>
      <Title order={2} size="h4">
        {strings.noQuery}
      </Title>
      <Text c="dimmed" mt={4}>
        {strings.noQueryMore}
      </Text>
      <Group my="md">
        <Button component={Link} to={searchLink(withoutQuery(search))} mih={44}>
          {strings.chooseQuery}
        </Button>
      </Group>
      {error ? <ProblemNotice error={error} retry={() => void refetch()} /> : null}
      {images.length > 0 ? (
        <PictureGrid
          label={strings.startFrom}
          pictures={images.map((image) => ({ ...image, name: strings.hitName(image.path, image.labels) }))}
          opens={strings.compareFor}
          onOpen={(index) => {
            const image = images[index];
            if (image) onChosen(image.id);
          }}
        />
      ) : null}
    </div>
  );
}
