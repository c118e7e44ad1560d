import { collectionStrings as collections } from "@/features/collections/strings";
import { VIEWS } from "@/features/evaluation/reportState";
import { strings as evaluation } from "@/features/evaluation/strings";
import { strings as explain } from "@/features/explain/strings";
import { strings as search } from "@/features/search/strings";
import { strings as start } from "@/features/start/strings";
import { whyLink } from "@/lib/links";
import { EMPTY } from "@/lib/searchState";
import { violations } from "./support/axe";
import { reportOf } from "./support/demo";
import { idOf } from "./support/pictures";
import { addressOf, COLOURS, imageQuery, results } from "./support/search";
import { describe, expect, inject, seen, test, type App } from "./support/test";

const COFFEE = idOf("coffee/original.png");
const BLURRED = idOf("coffee/blurred.jpg");
const STATE = { ...EMPTY, collection: "demo", ...COLOURS, query: imageQuery(COFFEE) };
const FOUND = addressOf({ query: imageQuery(COFFEE) });

interface Scene {
  readonly name: string;
  readonly address: string | (() => string);
  /** What to do there, until what is meant is in sight. */
  readonly ready: (app: App) => Promise<unknown>;
  readonly neural?: boolean;
}

const hitsShown = (app: App) => seen(results(app).getByRole("gridcell"));
const heading = (name: string) => (app: App) => seen(app.page.getByRole("heading", { name }));

async function openDialog(app: App, button: string): Promise<void> {
  await app.button(button).first().click();
  await seen(app.page.getByRole("dialog"));
}

/** On a phone the filters are folded. */
async function unfold(app: App): Promise<void> {
  const toggle = app.button(search.filters);
  if ((await toggle.isVisible()) && (await toggle.getAttribute("aria-expanded")) === "false")
    await toggle.click();
}

const SCENES: readonly Scene[] = [
  {
    name: "search, to begin with",
    address: "/?collection=demo",
    ready: (app) => seen(app.page.getByRole("gridcell")),
  },
  {
    name: "search, results and all filters",
    address: addressOf({
      query: imageQuery(COFFEE),
      labels: ["coffee"],
      excludeSelf: true,
      likes: [BLURRED],
      threshold: 9,
    }),
    ready: async (app) => {
      await hitsShown(app);
      await unfold(app);
      await seen(app.page.getByRole("slider"));
    },
  },
  {
    name: "search, a choice opened",
    address: FOUND,
    ready: async (app) => {
      await hitsShown(app);
      await app.page.getByRole("combobox", { name: "How it is compared" }).click();
      await seen(app.page.getByRole("option"));
    },
  },
  {
    name: "search, saving",
    address: FOUND,
    ready: async (app) => {
      await hitsShown(app);
      await app.button(search.export).click();
      await seen(app.page.getByRole("menuitem"));
    },
  },
  {
    name: "lightbox",
    address: FOUND,
    ready: async (app) => {
      await hitsShown(app);
      await results(app).locator('button[data-index="1"]').click();
      await seen(app.page.getByRole("dialog").getByText(search.added, { exact: true }));
    },
  },
  {
    name: "crop",
    address: FOUND,
    ready: async (app) => {
      await hitsShown(app);
      await openDialog(app, search.crop);
    },
  },
  {
    name: "search, nothing left",
    address: addressOf({ query: imageQuery(COFFEE), threshold: -1 }),
    ready: (app) => seen(app.page.getByText(search.nothingLeft)),
  },
  {
    name: "search, a picture that is gone",
    address: "/?collection=demo&query=gone&size=10x10",
    ready: (app) => seen(app.page.getByText(search.expired)),
  },
  {
    name: "search, no such collection",
    address: "/?collection=nothing",
    ready: (app) => seen(app.page.getByText(search.collectionGone("nothing"))),
  },
  {
    name: "compare, to begin with",
    address: "/compare?collection=demo",
    ready: (app) => seen(app.page.getByRole("gridcell")),
  },
  {
    name: "compare",
    address: FOUND.replace("/?", "/compare?"),
    ready: async (app) => {
      await app.page.locator('[data-column="0"][data-row="1"]').click();
      await heading("Agreement")(app);
    },
  },
  {
    name: "why",
    address: whyLink(STATE, BLURRED),
    ready: (app) => seen(app.page.getByRole("table", { name: explain.ranksTitle })),
  },
  { name: "why, nothing asked", address: "/why", ready: (app) => seen(app.page.getByRole("alert")) },
  {
    name: "see colours",
    address: `/see/demo/${COFFEE}?extractor=hist-basic`,
    ready: heading(explain.coloursTitle),
  },
  {
    name: "see values",
    address: `/see/demo/${COFFEE}?extractor=cnn-conv`,
    ready: heading(explain.valuesTitle(512)),
    neural: true,
  },
  {
    name: "see channels",
    address: `/see/demo/${COFFEE}?extractor=cnn-hist`,
    ready: heading(explain.channelsTitle),
    neural: true,
  },
  { name: "collections", address: "/collections", ready: heading("demo") },
  {
    name: "a new collection",
    address: "/collections",
    ready: async (app) => {
      await openDialog(app, collections.create.open);
      await seen(app.page.getByRole("checkbox"));
    },
  },
  {
    name: "jobs",
    address: "/collections?view=jobs",
    ready: (app) => seen(app.page.getByText(collections.jobs.none)),
  },
  {
    name: "trash",
    address: "/collections?view=trash",
    ready: (app) => seen(app.page.getByText(collections.trash.none)),
  },
  {
    name: "a collection",
    address: "/collections/demo",
    ready: (app) => seen(app.page.getByText(collections.images(291), { exact: true })),
  },
  {
    name: "a folder to add",
    address: "/collections/demo",
    ready: async (app) => {
      await openDialog(app, collections.add.folder);
      await seen(app.page.getByRole("dialog").getByLabel(collections.folder.path));
    },
  },
  {
    name: "a deletion",
    address: "/collections/demo",
    ready: async (app) => {
      await app.button(collections.upkeep.menu).click();
      await app.page.getByRole("menuitem", { name: collections.remove.open }).click();
      await seen(app.page.getByRole("dialog"));
    },
  },
  {
    name: "an extractor to add",
    address: "/collections/demo",
    ready: async (app) => {
      await openDialog(app, collections.extractors.add);
      await seen(app.page.getByRole("dialog").getByRole("button").last());
    },
  },
  {
    name: "a collection that is gone",
    address: "/collections/nothing",
    ready: (app) => seen(app.page.getByText(collections.gone.title)),
  },
  { name: "evaluations", address: "/evaluations", ready: heading(evaluation.heading) },
  ...VIEWS.map((view) => ({
    name: `an evaluation, ${view}`,
    address: () => `/evaluations/${reportOf(inject("demo"))}?view=${view}`,
    ready: async (app: App) => {
      await seen(app.page.getByRole("tab", { name: evaluation.views[view], selected: true }));
      await expect
        .poll(() =>
          app.page.locator("main [aria-busy=true], main [role=status]:has(.mantine-Skeleton-root)").count(),
        )
        .toBe(0);
    },
  })),
  { name: "start", address: "/start", ready: heading(start.heading) },
  { name: "no such page", address: "/see/nothing", ready: heading("There is no such page.") },
];

describe.each([
  { width: 390, height: 844, touch: true },
  { width: 1280, height: 900, touch: false },
])("nothing for axe to find at $width pixels", (size) => {
  test.for(SCENES)("$name", async ({ address, ready, neural = false }, { open, skip }) => {
    skip(neural && !inject("demo").neural, "there are no weights of neural extractors here");
    const app = await open(typeof address === "string" ? address : address(), { ...size, colours: "light" });
    app.expects(/Failed to load resource/);
    await ready(app);
    expect(await violations(app), "in light colours").toEqual([]);
    await app.page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await expect.poll(() => app.page.locator("html").getAttribute("data-mantine-color-scheme")).toBe("dark");
    expect(await violations(app), "in dark colours").toEqual([]);
    const overflow = await app.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, "pixels that the page is wider than the screen").toBeLessThanOrEqual(0);
  });
});
