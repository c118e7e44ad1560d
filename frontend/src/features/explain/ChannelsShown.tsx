import { Alert, Text, Title } from "@mantine/core";
import { useImage } from "@/lib/catalogue";
import type { Layer, Subject } from "./api";
import classes from "./Figures.module.css";
import { LayerShown } from "./LayerShown";
import { strings } from "./strings";

interface Props {
  readonly layers: readonly Layer[];
  readonly subject: Subject;
}

/** cnn-hist as a figure: five layers' feature maps, and the histograms that are made of them. */
export function ChannelsShown({ layers, subject }: Props) {
  const image = useImage(
    subject.kind === "image" ? subject.collection : "",
    subject.kind === "image" ? subject.id : null,
  ).data;
  const aspect = image ? image.width / image.height : 1;
  return (
    <section className={classes.section} aria-labelledby="channels">
      <Title order={2} size="h3" id="channels">
        {strings.channelsTitle}
      </Title>
      <Text size="sm" c="dimmed">
        {strings.channelsNote}
      </Text>
      {subject.kind === "picture" ? (
        <Alert color="gray" title={strings.noMaps}>
          {strings.noMapsRemedy}
        </Alert>
      ) : null}
      {layers.map((layer) => (
        <LayerShown key={layer.layer} layer={layer} aspect={aspect} />
      ))}
    </section>
  );
}
