import { Anchor, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Crop } from "@/lib/crop";
import { displayOf, seeLink, thumbnailOf } from "@/lib/links";
import type { SearchState } from "@/lib/searchState";
import { useImage } from "@/lib/catalogue";
import type { Explanation } from "./api";
import classes from "./Pair.module.css";
import { Picture } from "./Picture";
import { RegionOverlay, type Side } from "./RegionOverlay";
import { strings } from "./strings";
import { seePictureLink } from "./addresses";

interface Props {
  readonly state: SearchState;
  readonly hit: string;
  readonly explanation: Explanation | undefined;
  readonly side: Side;
}

/** The query and the image that was found, side by side, with the regions that count drawn on both. */
export function Pair({ state, hit, explanation, side }: Props) {
  const examples = (state.query.kind === "none" ? 0 : 1) + state.likes.length + state.dislikes.length;
  const overlay = explanation && explanation.regions.length > 0 ? overlayOf(explanation, side) : null;
  return (
    <div className={classes.pair}>
      <figure className={classes.figure}>
        <QueryPicture state={state}>{examples === 1 ? overlay : null}</QueryPicture>
        <figcaption>
          <Text fw={600}>{strings.query}</Text>
          {examples > 1 ? (
            <Text size="sm" c="dimmed">
              {strings.others(examples - 1)}. {overlay ? strings.mixed : ""}
            </Text>
          ) : null}
          <SeeQuery state={state} />
        </figcaption>
      </figure>
      <figure className={classes.figure}>
        <Indexed collection={state.collection} id={hit} alt={strings.hit}>
          {overlay}
        </Indexed>
        <figcaption>
          <Text fw={600}>{strings.hit}</Text>
          <Anchor
            component={Link}
            className={classes.link ?? ""}
            size="sm"
            to={seeLink({ ...state, crop: null }, hit)}
          >
            {strings.seeHit}
          </Anchor>
        </figcaption>
      </figure>
    </div>
  );
}

function overlayOf(explanation: Explanation, side: Side) {
  const sum = explanation[side];
  const shares = explanation.groups.find(({ by }) => by === "region")?.[side] ?? [];
  const byName = new Map(shares.map((one) => [one.part.region ?? "", sum > 0 ? one[side] / sum : 0]));
  return <RegionOverlay regions={explanation.regions} shares={byName} side={side} />;
}

interface QueryProps {
  readonly state: SearchState;
  readonly children?: React.ReactNode;
}

function QueryPicture({ state: { query, collection, crop, likes }, children }: QueryProps) {
  if (query.kind === "picture") {
    const size = query.width > 0 ? query : null;
    return (
      <Picture
        key={query.token}
        src={`/api/v1/queries/${query.token}/thumbnail?size=640`}
        size={size}
        crop={size ? crop : null}
        alt={strings.query}
        failed={strings.pictureExpired}
      >
        {children}
      </Picture>
    );
  }
  const id = query.kind === "image" ? query.id : (likes[0] ?? "");
  return (
    <Indexed collection={collection} id={id} crop={crop} alt={strings.query}>
      {children}
    </Indexed>
  );
}

interface IndexedProps {
  readonly collection: string;
  readonly id: string;
  readonly crop?: Crop | null;
  readonly alt: string;
  readonly children?: React.ReactNode;
}

/** An image of the collection; the large rendition where only a part of it is shown. */
function Indexed({ collection, id, crop = null, alt, children }: IndexedProps) {
  const image = useImage(collection, id || null).data ?? null;
  return (
    <Picture
      key={id}
      src={crop ? displayOf(collection, id) : thumbnailOf(collection, id, 640)}
      size={image}
      crop={image ? crop : null}
      alt={image?.caption ? `${alt}: ${image.caption}` : alt}
      failed={strings.pictureFailed}
    >
      {children}
    </Picture>
  );
}

function SeeQuery({ state }: { readonly state: SearchState }) {
  const { query, likes } = state;
  const id = query.kind === "image" ? query.id : likes[0];
  const to =
    query.kind === "picture"
      ? seePictureLink(state, query)
      : id
        ? seeLink({ ...state, crop: null }, id)
        : null;
  return to ? (
    <Anchor component={Link} className={classes.link ?? ""} size="sm" to={to}>
      {strings.seeQuery}
    </Anchor>
  ) : null;
}
