import { strings as search } from "@/features/search/strings";
import { strings } from "@/features/explain/strings";
import type { Schemas } from "@/lib/api";
import { whyLink } from "@/lib/links";
import { formatScore, formatShare } from "@/lib/scores";
import { EMPTY, type SearchState } from "@/lib/searchState";
import { idOf } from "./support/pictures";
import { addressOf, answerTo, COLOURS, expectHits, idsOf, imageQuery, results } from "./support/search";
import { describe, expect, inject, seen, test } from "./support/test";

type Explanation = Schemas["Explanation"];

const COFFEE = idOf("coffee/original.png");
const BLURRED = idOf("coffee/blurred.jpg");
const STATE: SearchState = { ...EMPTY, collection: "demo", ...COLOURS, query: imageQuery(COFFEE) };

describe("why this image", () => {
  test("is a step from the lightbox, takes the score apart, and draws the regions", async ({ open }) => {
    const { hits } = await answerTo({ image_id: COFFEE });
    const app = await open(addressOf({ query: imageQuery(COFFEE) }));
    await expectHits(
      app,
      hits.slice(0, 8).map(({ id }) => id),
    );
    await results(app).locator('button[data-index="3"]').click();
    const explanation = await app.next<Explanation>(
      "/api/v1/explain",
      () => true,
      () => app.page.getByRole("link", { name: search.why }).click(),
    );
    await seen(app.page.getByRole("heading", { name: strings.whyTitle }));
    expect(explanation.score).toBeCloseTo(hits[3]?.score ?? NaN, 6);
    await seen(app.page.getByText(formatScore(explanation.score), { exact: true }));
    // five regions, on both pictures; their shares add up to the whole
    const regions = explanation.groups.find(({ by }) => by === "region");
    expect(regions?.apart.reduce((sum, one) => sum + one.apart, 0)).toBeCloseTo(explanation.apart, 6);
    const drawn = app.page.locator("figure svg");
    await expect.poll(() => drawn.count()).toBeGreaterThanOrEqual(2);
    await seen(app.page.getByText("Middle (ellipse)").first());
  });

  test("names the image's rank under every metric, as a search under it does", async ({ open }) => {
    const app = await open(whyLink(STATE, BLURRED));
    const table = app.page.getByRole("table", { name: strings.ranksTitle });
    await seen(table);
    for (const [metric, title] of [
      ["chi2", /^Chi-squared/],
      ["euclidean", /^Euclidean/],
    ] as const) {
      const answer = await answerTo({ image_id: COFFEE, metric, k: 300 });
      const hit = answer.hits.find(({ id }) => id === BLURRED);
      const row = table.getByRole("row").filter({ has: app.page.getByRole("link", { name: title }) });
      const cells = await row.getByRole("cell").allTextContents();
      expect(cells).toEqual([
        String(hit?.rank),
        formatScore(hit?.score ?? NaN),
        formatShare(hit?.closeness ?? NaN),
      ]);
    }
    await table.getByRole("link", { name: /^Euclidean/ }).click();
    await expect.poll(() => new URL(app.page.url()).searchParams.get("metric")).toBe("euclidean");
    await seen(
      table
        .getByRole("row")
        .filter({ hasText: strings.chosen })
        .getByRole("link", { name: /^Euclidean/ }),
    );
  });

  test("for channels leads on to their maps", async ({ open, skip }) => {
    skip(!inject("demo").neural, "there are no weights of neural extractors here");
    const app = await open(whyLink({ ...STATE, extractor: "cnn-hist" }, BLURRED));
    const channel = app.page.getByRole("link", { name: /channel \d+/ }).first();
    await seen(channel);
    await channel.click();
    await seen(app.page.getByRole("heading", { name: strings.seeTitle }));
    await seen(app.page.getByRole("button", { name: /^Maps of block/ }));
  });

  test("of an address that names nothing says what to do", async ({ open }) => {
    const app = await open("/why");
    await seen(app.page.getByRole("alert").filter({ hasText: strings.nothingAskedRemedy }));
  });
});

describe("what the descriptor sees", () => {
  test("colours by region: the shares are those of the descriptor", async ({ open }) => {
    const app = await open(`/see/demo/${COFFEE}?extractor=hist-basic`);
    await seen(app.page.getByRole("heading", { name: strings.coloursTitle }));
    expect(await app.page.getByRole("img", { name: /^Colours of the region/ }).count()).toBe(5);
    await app.page.getByText(strings.log, { exact: true }).click();
    await seen(app.page.getByText(strings.logNote));
  });

  test("values in a grid, each of which can be read", async ({ open, skip }) => {
    skip(!inject("demo").neural, "there are no weights of neural extractors here");
    const app = await open(`/see/demo/${COFFEE}?extractor=cnn-conv`);
    await seen(app.page.getByRole("heading", { name: strings.valuesTitle(512) }));
    const response = await fetch(
      `${inject("shared").url}/api/v1/collections/demo/images/${COFFEE}/vectors/cnn-conv`,
    );
    const vector = ((await response.json()) as Schemas["Descriptor"]).vector;
    await app.page.getByLabel(strings.place).fill("100");
    await seen(app.page.getByText(formatScore(vector[100] ?? NaN)).first());
    await seen(app.page.getByText(/^Dimension 100 /));
  });

  test("feature maps of five layers, and the maps of the channel that is chosen", async ({ open, skip }) => {
    skip(!inject("demo").neural, "there are no weights of neural extractors here");
    const app = await open(`/see/demo/${COFFEE}?extractor=cnn-hist`);
    const layers = app.page.getByRole("region", { name: /^block\d_conv2$/ });
    await expect.poll(() => layers.count()).toBe(5);
    const first = layers.first();
    await first.getByLabel(strings.channel, { exact: true }).fill("7");
    await seen(first.getByText(/^How strongly channel 7 of block1_conv2/));
    await expect
      .poll(
        () =>
          first
            .locator("img")
            .evaluateAll((images) => images.every((one) => (one as HTMLImageElement).naturalWidth > 0)),
        { timeout: 40_000 }, // the network is loaded for the first of them
      )
      .toBe(true);
  });

  test("in a picture of one's own, from the search with it", async ({ open }) => {
    const app = await open(`/see/demo/${COFFEE}?extractor=hist-basic`);
    await app.page.getByRole("link", { name: strings.searchLike }).click();
    await expectHits(app, idsOf(await answerTo({ image_id: COFFEE })));
  });
});
