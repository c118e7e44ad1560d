import { Anchor, Button, Group, Stack } from "@mantine/core";
import { IconCrop, IconDownload, IconEye, IconHelpCircle } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { Link } from "react-router";
import { Lightbox } from "@/components/Lightbox";
import { ScoreBadge } from "@/components/ScoreBadge";
import { displayOf, seeLink, thumbnailOf, whyLink } from "@/lib/links";
import type { SearchState } from "@/lib/searchState";
import type { Hit } from "./api";
import { HitActions } from "./HitActions";
import classes from "./HitLightbox.module.css";
import { HitFacts } from "./HitFacts";
import { strings } from "./strings";
import { FRESH, type Change } from "./useSearchState";

const CropDialog = lazy(() => import("./CropDialog").then((module) => ({ default: module.CropDialog })));

interface Props {
  readonly hits: readonly Hit[];
  readonly index: number;
  readonly state: SearchState;
  readonly change: Change;
  readonly onMove: (index: number) => void;
  readonly onClose: () => void;
}

/** A hit, large, with all that is known of it and all that can be done with it. */
export function HitLightbox({ hits, index, state, change, onMove, onClose }: Props) {
  const [cropping, setCropping] = useState(false);
  const hit = hits[index];
  if (!hit) return null;
  const display = displayOf(state.collection, hit.id);
  const go: Change = (patch) => {
    if ("query" in patch) onClose();
    change(patch);
  };
  return (
    <>
      <Lightbox
        title={strings.hitName(hit.path, hit.labels) || strings.noPath}
        picture={{
          src: display,
          placeholder: thumbnailOf(state.collection, hit.id, 320),
          width: hit.width,
          height: hit.height,
          name: strings.hitName(hit.path, hit.labels),
        }}
        onClose={onClose}
        onPrevious={
          index > 0
            ? () => {
                onMove(index - 1);
              }
            : undefined
        }
        onNext={
          index + 1 < hits.length
            ? () => {
                onMove(index + 1);
              }
            : undefined
        }
      >
        <Stack gap="md">
          <ScoreBadge score={hit.score} closeness={hit.closeness} long />
          <Group gap={6}>
            <HitActions id={hit.id} state={state} change={go} />
          </Group>
          <HitFacts hit={hit} state={state} />
          <Stack gap={8}>
            <Button
              component={Link}
              to={whyLink(state, hit.id)}
              variant="light"
              mih={44}
              leftSection={<IconHelpCircle size={18} aria-hidden />}
            >
              {strings.why}
            </Button>
            <Button
              component={Link}
              to={seeLink({ ...state, crop: null }, hit.id)}
              variant="default"
              mih={44}
              leftSection={<IconEye size={18} aria-hidden />}
            >
              {strings.see}
            </Button>
            <Button
              variant="default"
              mih={44}
              leftSection={<IconCrop size={18} aria-hidden />}
              onClick={() => {
                setCropping(true);
              }}
            >
              {strings.cropHit}
            </Button>
          </Stack>
          <Group gap="md">
            <Anchor
              href={hit.original}
              target="_blank"
              rel="noreferrer"
              size="sm"
              className={classes.file ?? ""}
            >
              {strings.original}
            </Anchor>
            <Anchor href={`${hit.original}?download=true`} size="sm" className={classes.file ?? ""}>
              <Group gap={4}>
                <IconDownload size={16} aria-hidden /> {strings.download}
              </Group>
            </Anchor>
          </Group>
          {hit.collapsed.length > 0 ? <Collapsed hit={hit} state={state} change={go} /> : null}
        </Stack>
      </Lightbox>
      {cropping ? (
        <Suspense>
          <CropDialog
            src={display}
            size={hit}
            crop={null}
            onClose={() => {
              setCropping(false);
            }}
            onChosen={(crop) => {
              go({ ...FRESH, query: { kind: "image", id: hit.id }, crop });
            }}
          />
        </Suspense>
      ) : null}
    </>
  );
}

/** The near-duplicates that stand in a hit. */
function Collapsed({
  hit,
  state,
  change,
}: {
  readonly hit: Hit;
  readonly state: SearchState;
  readonly change: Change;
}) {
  return (
    <section aria-label={strings.collapsedTitle}>
      <h3 className={classes.heading}>{strings.collapsedTitle}</h3>
      <div className={classes.collapsed}>
        {hit.collapsed.map((id) => (
          <button
            key={id}
            type="button"
            className={classes.duplicate}
            aria-label={strings.searchLike(id.slice(0, 8))}
            title={strings.similar}
            onClick={() => {
              change({ ...FRESH, query: { kind: "image", id } });
            }}
          >
            <img src={thumbnailOf(state.collection, id, 160)} alt="" width={72} height={72} />
          </button>
        ))}
      </div>
    </section>
  );
}
