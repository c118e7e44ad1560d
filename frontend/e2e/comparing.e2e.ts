import { formatOverlap, formatTau, leastOf, matrixOf } from "@/features/compare/agreement";
import { strings } from "@/features/compare/strings";
import type { Schemas } from "@/lib/api";
import { EMPTY, writeState, type SearchState } from "@/lib/searchState";
import { idOf } from "./support/pictures";
import { COLOURS, imageQuery } from "./support/search";
import { describe, expect, inject, seen, test, type App } from "./support/test";

type Comparison = Schemas["ComparisonAnswer"];

const COFFEE = idOf("coffee/original.png");
const COMPARE = "/api/v1/compare";

function addressOf(patch: Partial<SearchState>, more = ""): string {
  return `/compare?${writeState({ ...EMPTY, collection: "demo", ...COLOURS, ...patch }).toString()}${more}`;
}

async function columnIds(app: App, column: number): Promise<string[]> {
  return app.page
    .locator(`[data-column="${column}"]`)
    .evaluateAll((cells) => cells.map((cell) => (cell as HTMLElement).dataset.image ?? ""));
}

/** The comparison that a page makes, and the page when it shows it. */
async function compared(app: App, act: () => Promise<unknown>, columns?: number): Promise<Comparison> {
  const isIt = (one: Comparison) => columns === undefined || one.columns.length === columns;
  const comparison = await app.next<Comparison>(COMPARE, isIt, act);
  for (const [place, { hits }] of comparison.columns.entries()) {
    await expect.poll(() => columnIds(app, place)).toEqual(hits.map(({ id }) => id));
  }
  return comparison;
}

describe("the same query side by side", () => {
  test("has a column for every metric, each with the ranking that a search gives", async ({ open }) => {
    const app = await open(addressOf({}));
    await seen(app.page.getByRole("heading", { name: strings.noQuery }));
    const comparison = await compared(app, () => app.page.goto(addressOf({ query: imageQuery(COFFEE) })));
    expect(comparison.columns.map(({ metric }) => metric)).toContain("chi2");
    expect(comparison.columns.length).toBeGreaterThan(5);
    for (const { metric, hits } of comparison.columns.slice(0, 3)) {
      const search = await fetch(`${inject("shared").url}/api/v1/search`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
          collection: "demo",
          extractor: "hist-basic",
          metric,
          image_id: COFFEE,
          k: hits.length,
        }),
      });
      const found = (await search.json()) as { hits: { id: string }[] };
      expect(hits.map(({ id }) => id)).toEqual(found.hits.map(({ id }) => id));
    }
  });

  test("says how far the columns agree", async ({ open }) => {
    const app = await open("/compare?collection=demo");
    const comparison = await compared(app, () => app.page.goto(addressOf({ query: imageQuery(COFFEE) })));
    const { agreements, columns } = comparison;
    // overlap by hand: how many images two columns share, of as many as they hold
    for (const { columns: pair, overlap } of agreements) {
      const [one, other] = pair.map((place) => columns[place]?.hits.map(({ id }) => id) ?? []);
      const common = (one ?? []).filter((id) => other?.includes(id)).length;
      expect(overlap).toBeCloseTo(common / (one?.length ?? 1), 9);
    }
    const tables = app.page.getByRole("region", { name: strings.agreement }).getByRole("table");
    expect(await tables.count()).toBe(2);
    const overlaps = matrixOf(columns.length, agreements, "overlap");
    const taus = matrixOf(columns.length, agreements, "kendall");
    await seen(tables.first().getByText(formatOverlap(overlaps[0]?.[1] ?? 0), { exact: true }));
    await seen(tables.last().getByText(formatTau(taus[0]?.[1] ?? 0), { exact: true }));
    const least = leastOf(agreements);
    await seen(app.page.getByRole("status").filter({ hasText: formatTau(least?.kendall ?? 0) }));
  });

  test("an image is followed through the columns, with keys too", async ({ open }) => {
    const app = await open("/compare?collection=demo");
    const { columns } = await compared(app, () => app.page.goto(addressOf({ query: imageQuery(COFFEE) })));
    const id = columns[0]?.hits[1]?.id ?? "";
    const places = columns.filter(({ hits }) => hits.some((hit) => hit.id === id)).length;
    await app.page.locator('[data-column="0"][data-row="1"]').hover();
    const active = app.page.locator("[data-image][data-active]");
    await expect.poll(() => active.count()).toBe(places);
    expect(
      await active.evaluateAll((cells) => cells.map((one) => (one as HTMLElement).dataset.image)),
    ).toEqual(Array.from({ length: places }, () => id));
    const rank = columns[1]?.hits.find((hit) => hit.id === id)?.rank;
    if (rank !== undefined)
      await app.page
        .locator(`[data-image="${id}"][data-ranks="2-${rank}"]`)
        .first()
        .waitFor({ state: "attached" });

    await app.page.locator('[data-column="0"][data-row="1"]').press("ArrowRight");
    await expect
      .poll(() => app.page.evaluate(() => (document.activeElement as HTMLElement).dataset.column))
      .toBe("1");
    await app.page.keyboard.press("Enter");
    const followed = app.page.getByRole("region", { name: strings.chosen });
    const second = columns[1]?.hits[1]?.id ?? "";
    await compared(app, () => app.button(strings.compareThis, followed).click());
    expect(new URL(app.page.url()).searchParams.get("image")).toBe(second);
    await app.page.goBack();
    await expect.poll(() => columnIds(app, 0)).toEqual(columns[0]?.hits.map((hit) => hit.id));
  });

  test("of several extractors, of more images, and back to the search", async ({ open }) => {
    const app = await open("/compare?collection=demo");
    await compared(app, () => app.page.goto(addressOf({ query: imageQuery(COFFEE) })));
    const longer = await app.next<Comparison>(
      COMPARE,
      ({ k }) => k === 20,
      () => app.page.getByText("20", { exact: true }).first().click(),
    );
    expect(longer.columns[0]?.hits).toHaveLength(20);
    if (inject("demo").neural) {
      const extractors = await compared(
        app,
        () => app.page.getByText(strings.byExtractors, { exact: true }).click(),
        3,
      );
      expect(extractors.columns.map(({ extractor }) => extractor)).toEqual([
        "hist-basic",
        "cnn-hist",
        "cnn-conv",
      ]);
    }
    await app.page.getByRole("link", { name: strings.back }).click();
    await seen(app.page.getByRole("region", { name: "Results" }));
    expect(new URL(app.page.url()).searchParams.get("image")).toBe(COFFEE);
  });
});
