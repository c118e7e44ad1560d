import { Anchor, Loader, Text, Title } from "@mantine/core";
import { IconPhotoSearch } from "@tabler/icons-react";
import { Link, useParams, useSearchParams } from "react-router";
import { ExtractorSelect } from "@/components/ExtractorSelect";
import { ProblemNotice } from "@/components/ProblemNotice";
import { Problem } from "@/lib/api";
import { useCollections, useExtractors, useImage } from "@/lib/catalogue";
import { searchLink, thumbnailOf } from "@/lib/links";
import { EMPTY, readState, type SearchState } from "@/lib/searchState";
import { useFigure, type Subject } from "./api";
import { FigureShown } from "./FigureShown";
import { Picture } from "./Picture";
import classes from "./SeePage.module.css";
import { strings } from "./strings";

const ID = /^[0-9a-f]{64}$/;
const PICTURE = "picture";
const NO_IMAGE = new Problem(404, strings.noImage, strings.noImageRemedy, "");

/** What descriptors see: in an image of a collection, or in a picture from outside. */
export function SeePage() {
  const { collection, id } = useParams();
  const [url] = useSearchParams();
  const asked = readState(url);
  const subject = subjectOf(collection, id, asked);
  return (
    <div className={classes.page}>
      <title>{strings.seeTitle}</title>
      <Title order={1} size="h2">
        {strings.seeTitle}
      </Title>
      {subject ? <See subject={subject} asked={asked} /> : <ProblemNotice error={NO_IMAGE} />}
    </div>
  );
}

/** `/see/picture?query=…` is a picture from outside; `/see/COLLECTION/ID` an image. */
function subjectOf(
  collection: string | undefined,
  id: string | undefined,
  asked: SearchState,
): Subject | null {
  if (collection !== undefined && id !== undefined) {
    return ID.test(id) ? { kind: "image", collection, id } : null;
  }
  return asked.query.kind === PICTURE ? { kind: PICTURE, token: asked.query.token, crop: asked.crop } : null;
}

function See({ subject, asked }: { readonly subject: Subject; readonly asked: SearchState }) {
  const [, setUrl] = useSearchParams();
  const known = useExtractors().data?.extractors;
  const name = subject.kind === "image" ? subject.collection : asked.collection;
  const collections = useCollections();
  const collection = collections.data?.collections.find((one) => one.name === name);
  const extractor =
    asked.extractor ||
    (collection?.default_extractor ??
      (collections.isSuccess ? (known?.find(({ usable }) => usable)?.name ?? "") : ""));
  const figure = useFigure(subject, extractor);
  const search: SearchState = {
    ...EMPTY,
    collection: name,
    extractor,
    query: subject.kind === "image" ? { kind: "image", id: subject.id } : asked.query,
    crop: subject.kind === "image" ? null : asked.crop,
  };
  return (
    <div className={classes.layout}>
      <div className={classes.side}>
        <Subjects subject={subject} asked={asked} />
        <Anchor component={Link} className={classes.link ?? ""} size="sm" to={searchLink(search)}>
          <IconPhotoSearch size={18} aria-hidden /> {strings.searchLike}
        </Anchor>
        {collection ? (
          <ExtractorSelect
            collection={collection}
            known={known ?? []}
            describes={subject.kind === PICTURE}
            explained
            value={extractor}
            onChange={(chosen) => {
              setUrl(
                (now) => {
                  now.set("extractor", chosen);
                  return now;
                },
                { preventScrollReset: true },
              );
            }}
          />
        ) : null}
      </div>
      <div className={classes.main} aria-live="polite" aria-busy={figure.isPending}>
        {figure.data ? (
          <FigureShown key={extractor} shown={figure.data} subject={subject} />
        ) : figure.error ? (
          <ProblemNotice error={figure.error} retry={() => void figure.refetch()} />
        ) : collections.error ? (
          <ProblemNotice error={collections.error} retry={() => void collections.refetch()} />
        ) : collections.isSuccess && known && extractor === "" ? (
          <Text>{strings.noExtractor}</Text>
        ) : (
          <div className={classes.waiting} role="status">
            <Loader size="sm" /> {strings.seeing}
          </div>
        )}
      </div>
    </div>
  );
}

/** The picture itself. */
function Subjects({ subject, asked }: { readonly subject: Subject; readonly asked: SearchState }) {
  const image = useImage(
    subject.kind === "image" ? subject.collection : "",
    subject.kind === "image" ? subject.id : null,
  ).data;
  const size = asked.query.kind === PICTURE && asked.query.width > 0 ? asked.query : null;
  return (
    <figure className={classes.figure}>
      {subject.kind === "image" ? (
        <Picture
          key={subject.id}
          src={thumbnailOf(subject.collection, subject.id, 640)}
          size={image ?? null}
          alt={image?.caption ?? ""}
          failed={strings.pictureFailed}
        />
      ) : (
        <Picture
          src={`/api/v1/queries/${subject.token}/thumbnail?size=640`}
          size={size}
          crop={size ? subject.crop : null}
          alt={strings.outside}
          failed={strings.pictureExpired}
        />
      )}
      <figcaption className={classes.name}>
        {subject.kind === "image" ? strings.indexed(image?.path ?? "") : strings.outside}
        {subject.kind === "image" && asked.crop ? ` ${strings.wholeImage}` : ""}
      </figcaption>
    </figure>
  );
}
