import { formatBytes } from "@/lib/scores";
import type { SearchState } from "@/lib/searchState";
import { useImage } from "@/lib/catalogue";
import type { Hit } from "./api";
import classes from "./HitLightbox.module.css";
import { strings } from "./strings";

/** What is known of a hit: at once what the ranking says, then what the collection adds. */
export function HitFacts({ hit, state }: { readonly hit: Hit; readonly state: SearchState }) {
  const image = useImage(state.collection, hit.id).data;
  const bytes = image?.locations[0]?.size;
  const facts: readonly (readonly [string, string | undefined])[] = [
    [strings.rank, String(hit.rank)],
    [strings.labels, hit.labels.join(", ")],
    [strings.path, hit.path || strings.noPath],
    [
      strings.size,
      [strings.pixels(hit), bytes === undefined ? "" : formatBytes(bytes)].filter(Boolean).join(", "),
    ],
    [strings.format, image?.format],
    [strings.caption, image?.caption],
    [strings.keywordList, image?.keywords.join(", ")],
    [strings.added, image?.added_at ? new Date(image.added_at).toLocaleString("en") : undefined],
  ];
  return (
    <dl className={classes.facts}>
      {facts
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
