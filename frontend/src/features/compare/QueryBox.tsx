import { Button, Text } from "@mantine/core";
import { Link } from "react-router";
import { QueryPicture } from "@/components/QueryPicture";
import type { Size } from "@/lib/crop";
import { searchLink, thumbnailOf } from "@/lib/links";
import type { SearchState } from "@/lib/searchState";
import { useImage } from "@/lib/catalogue";
import classes from "./QueryBox.module.css";
import { strings } from "./strings";

/** What is compared for, and the ways back and on. */
export function QueryBox({ search }: { readonly search: SearchState }) {
  const { query, crop, likes, dislikes } = search;
  const image = useImage(search.collection, query.kind === "image" ? query.id : null).data;
  const size: Size | null =
    query.kind === "picture" && query.width > 0 ? query : query.kind === "image" ? (image ?? null) : null;
  const label =
    query.kind === "image" ? strings.indexed : query.kind === "picture" ? strings.picture : strings.several;
  const more = [
    crop ? strings.part(crop) : "",
    strings.marked(likes.length, dislikes.length),
    search.labels.length > 0 || search.text ? strings.filtered : "",
  ].filter((text) => text !== "");
  return (
    <section className={classes.box} aria-label={strings.query}>
      <div className={classes.picture}>
        <QueryPicture src={sourceOf(search)} size={size} crop={crop} label={label} />
      </div>
      <div className={classes.text}>
        <Text size="sm" fw={600}>
          {image ? strings.hitName(image.path, image.labels) || label : label}
        </Text>
        {more.length > 0 ? (
          <Text size="xs" c="dimmed">
            {more.join("; ")}
          </Text>
        ) : null}
        <div className={classes.ways}>
          <Button component={Link} to={searchLink(search)} variant="default" mih={44}>
            {strings.back}
          </Button>
          <Button component={Link} to={searchLink(withoutQuery(search))} variant="subtle" mih={44}>
            {strings.another}
          </Button>
        </div>
      </div>
    </section>
  );
}

/** The search page as it is before there is a query, with the choices kept. */
export function withoutQuery(search: SearchState): SearchState {
  return { ...search, query: { kind: "none" }, crop: null, likes: [], dislikes: [], threshold: null };
}

function sourceOf({ query, collection, likes }: SearchState): string {
  if (query.kind === "picture") return `/api/v1/queries/${query.token}/thumbnail?size=320`;
  const id = query.kind === "image" ? query.id : likes[0];
  return id ? thumbnailOf(collection, id, 320) : "";
}
