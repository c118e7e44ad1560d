import { Button, Group, Loader, Text } from "@mantine/core";
import { IconCrop, IconCropLandscapeFilled, IconPhotoPlus, IconX } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { ProblemNotice } from "@/components/ProblemNotice";
import { QueryPicture } from "@/components/QueryPicture";
import type { Crop, Size } from "@/lib/crop";
import { displayOf, thumbnailOf } from "@/lib/links";
import { canSearch, EMPTY, type SearchState } from "@/lib/searchState";
import { useImage } from "@/lib/catalogue";
import { Examples } from "./Examples";
import classes from "./QueryCard.module.css";
import { strings } from "./strings";
import { TakePicture } from "./TakePicture";
import { nameOf, type PictureInput } from "./usePicture";
import type { Change } from "./useSearchState";

const CropDialog = lazy(() => import("./CropDialog").then((module) => ({ default: module.CropDialog })));

interface Props {
  readonly state: SearchState;
  readonly change: Change;
  readonly input: PictureInput;
}

/** What is searched with, and what can be done about it. */
export function QueryCard({ state, change, input }: Props) {
  const { query, crop } = state;
  const image = useImage(state.collection, query.kind === "image" ? query.id : null);
  const [cropping, setCropping] = useState(false);
  const size: Size | null =
    query.kind === "picture" && query.width > 0
      ? query
      : query.kind === "image"
        ? (image.data ?? null)
        : null;
  return (
    <section className={classes.card} aria-label={strings.query}>
      {input.sending.kind === "sending" ? (
        <SendingNotice
          name={nameOf(input.sending.source)}
          preview={input.sending.preview}
          stop={input.stop}
        />
      ) : query.kind === "none" ? null : (
        <div className={classes.picture}>
          <QueryPicture src={pictureOf(state)} size={size} crop={crop} label={title(state)}>
            <Text size="xs" c="dimmed" mt={4}>
              {crop ? `${title(state)}: ${strings.cropped(crop)}` : title(state)}
            </Text>
          </QueryPicture>
        </div>
      )}
      {input.sending.kind === "failed" ? <FailedNotice input={input} /> : null}
      <Examples state={state} change={change} />
      <Group gap={6} className={classes.buttons ?? ""}>
        <TakePicture send={input.send} compact />
        {query.kind !== "none" ? (
          <Button
            variant="default"
            size="sm"
            px={12}
            mih={44}
            disabled={!size}
            leftSection={<IconCrop size={18} aria-hidden />}
            onClick={() => {
              setCropping(true);
            }}
          >
            {strings.crop}
          </Button>
        ) : null}
        {crop ? (
          <Button
            variant="subtle"
            size="sm"
            px={12}
            mih={44}
            leftSection={<IconCropLandscapeFilled size={18} aria-hidden />}
            onClick={() => {
              change({ crop: null });
            }}
          >
            {strings.uncrop}
          </Button>
        ) : null}
        {canSearch(state) ? (
          <Button
            variant="subtle"
            color="gray"
            size="sm"
            px={8}
            mih={44}
            leftSection={<IconX size={18} aria-hidden />}
            onClick={() => {
              const { collection, extractor, metric } = state;
              change({ ...EMPTY, collection, extractor, metric });
            }}
          >
            {strings.clear}
          </Button>
        ) : null}
      </Group>
      {cropping && size ? (
        <Suspense>
          <CropDialog
            src={query.kind === "image" ? displayOf(state.collection, query.id) : pictureOf(state)}
            size={size}
            crop={crop}
            onClose={() => {
              setCropping(false);
            }}
            onChosen={(chosen: Crop) => {
              setCropping(false);
              change({ crop: chosen });
            }}
          />
        </Suspense>
      ) : null}
    </section>
  );
}

function pictureOf({ query, collection }: SearchState): string {
  if (query.kind === "image") return thumbnailOf(collection, query.id, 640);
  return query.kind === "picture" ? `/api/v1/queries/${query.token}/thumbnail?size=640` : "";
}

function title({ query }: SearchState): string {
  return query.kind === "image" ? strings.indexed : strings.picture;
}

interface SendingProps {
  readonly name: string;
  readonly preview: string;
  readonly stop: () => void;
}

function SendingNotice({ name, preview, stop }: SendingProps) {
  return (
    <div className={classes.sending} role="status">
      {preview ? <img src={preview} alt="" className={classes.preview} /> : <IconPhotoPlus aria-hidden />}
      <Group gap={8} wrap="nowrap">
        <Loader size="xs" />
        <Text size="sm" truncate>
          {strings.sending(name)}
        </Text>
        <Button variant="subtle" size="compact-sm" mih={44} onClick={stop}>
          {strings.stop}
        </Button>
      </Group>
    </div>
  );
}

function FailedNotice({ input: { sending, send, stop } }: { readonly input: PictureInput }) {
  if (sending.kind !== "failed") return null;
  const { source, problem } = sending;
  return (
    <div className={classes.failed}>
      {source ? (
        <Text size="sm" fw={600} truncate>
          {strings.notSent(nameOf(source))}
        </Text>
      ) : null}
      <ProblemNotice
        error={problem}
        {...(source
          ? {
              retry: () => {
                send(source);
              },
            }
          : {})}
      />
      <Button variant="subtle" size="compact-sm" mih={44} onClick={stop}>
        {strings.dismiss}
      </Button>
    </div>
  );
}
