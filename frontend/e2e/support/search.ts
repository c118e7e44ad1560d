import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Locator } from "playwright-core";
import { strings as shared } from "@/components/strings";
import type { Schemas } from "@/lib/api";
import { EMPTY, writeState, type SearchState } from "@/lib/searchState";
import { strings } from "@/features/search/strings";
import { CBIR } from "./paths";
import { DEMO } from "./demo";
import { environmentIn } from "./server";
import { data, apiOf, expect, inject, type App } from "./test";

export type Answer = Schemas["Answer"];

export const SEARCH = "/api/v1/search";
/** Needs no weights, so that it is there on every machine. */
export const COLOURS = { extractor: "hist-basic", metric: "chi2" } as const;

const run = promisify(execFile);

/** The search page in this state. */
export function addressOf(patch: Partial<SearchState>): string {
  return `/?${writeState({ ...EMPTY, collection: DEMO, ...COLOURS, ...patch }).toString()}`;
}

export function imageQuery(id: string): SearchState["query"] {
  return { kind: "image", id };
}

export function results(app: App): Locator {
  return app.page.getByRole("grid", { name: strings.results });
}

/** The ids of the images on the page, in their order there. */
export async function shownIds(app: App, first = 8): Promise<string[]> {
  return results(app)
    .locator("button[data-index] img")
    .evaluateAll(
      (images, most) =>
        images
          .map((image) => ({
            at: Number(image.parentElement?.dataset.index),
            id: /images\/([0-9a-f]{64})\//.exec(image.getAttribute("src") ?? "")?.[1] ?? "",
          }))
          .sort((one, other) => one.at - other.at)
          .slice(0, most)
          .map(({ id }) => id),
      first,
    );
}

/** Wait until the page's first images are these, and no other answer is under way. */
export async function expectHits(app: App, ids: readonly string[]): Promise<void> {
  await expect.poll(() => shownIds(app, ids.length)).toEqual(ids);
  await expect
    .poll(() => app.page.getByRole("region", { name: strings.results }).getAttribute("aria-busy"))
    .toBe("false");
}

export function idsOf(answer: Answer, first = 8): string[] {
  return answer.hits.slice(0, first).map(({ id }) => id);
}

/** What the API itself answers to a search with an image of the demo collection. */
export function answerTo(body: Readonly<Record<string, unknown>>, url?: string): Promise<Answer> {
  return data(
    apiOf(url).POST("/api/v1/search", {
      body: { collection: DEMO, ...COLOURS, k: 60, ...body } as unknown as Schemas["SearchBody"] & {
        query: string;
        url: string;
        image_id: string;
      },
    }),
  );
}

/** The answer to the search that the page makes because of this. */
export async function searched(
  app: App,
  act: () => Promise<unknown>,
  wanted: Partial<Answer> = {},
): Promise<Answer> {
  const isIt = (answer: Answer) =>
    answer.hits.length > 1 && // the page asks for single hits too, to learn how far scores reach
    Object.entries(wanted).every(([name, value]) => answer[name as keyof Answer] === value);
  return app.next(SEARCH, isIt, act);
}

/** What the command line finds in the shared server's data. */
export async function cliHits(
  file: string,
  { extractor, metric }: typeof COLOURS,
  k = 8,
): Promise<Answer["hits"][number][]> {
  const { home } = inject("shared");
  const environment = environmentIn(home, { CBIR_WEIGHTS_DIR: inject("demo").weightsDir });
  const options = ["--collection", DEMO, "-x", extractor, "-m", metric, "-k", String(k), "--json"];
  const { stdout } = await run(CBIR, ["search", file, ...options], { env: environment });
  return (JSON.parse(stdout) as { hits: Answer["hits"][number][] }).hits;
}

/** Choose in one of the selects that explain themselves. */
export async function choose(app: App, what: "extractor" | "metric", option: string | RegExp): Promise<void> {
  await app.page.getByLabel(shared[what], { exact: true }).first().click();
  await app.page.getByRole("option", { name: option }).click();
}
