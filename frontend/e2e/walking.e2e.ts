import { strings as shared } from "@/components/strings";
import { strings } from "@/features/search/strings";
import { idOf } from "./support/pictures";
import { addressOf, answerTo, choose, expectHits, idsOf, imageQuery, results } from "./support/search";
import { describe, expect, gone, seen, test, type App } from "./support/test";

const COFFEE = idOf("coffee/original.png");

/** The place of the image that has the focus. */
async function focused(app: App): Promise<string | null> {
  return app.page.evaluate(() => document.activeElement?.getAttribute("data-index") ?? null);
}

async function expectFocusOn(app: App, index: number): Promise<void> {
  await expect.poll(() => focused(app)).toBe(String(index));
}

describe("by keyboard", () => {
  test("the grid is walked over with arrows, also to images that are not drawn yet", async ({ open }) => {
    const app = await open(addressOf({ query: imageQuery(COFFEE) }));
    await expectHits(app, idsOf(await answerTo({ image_id: COFFEE })));
    await results(app).locator('button[data-index="0"]').focus();
    await app.page.keyboard.press("ArrowRight");
    await expectFocusOn(app, 1);
    await app.page.keyboard.press("ArrowDown");
    await expect.poll(async () => Number(await focused(app))).toBeGreaterThan(2);
    await app.page.keyboard.press("ArrowUp");
    await expectFocusOn(app, 1);
    await app.page.keyboard.press("End");
    await expect.poll(async () => Number(await focused(app))).toBeGreaterThan(40);
    const active = results(app).locator("button:focus");
    await expect
      .poll(async () => {
        const box = await active.boundingBox();
        return box !== null && box.y >= 0 && box.y + box.height <= 900;
      })
      .toBe(true);
    await app.page.keyboard.press("Home");
    await expectFocusOn(app, 0);
    await app.page.keyboard.press("Tab");
    expect(await app.page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(
      strings.like,
    );
  });

  test("the lightbox opens, turns over, closes, and gives the focus back", async ({ open }) => {
    const { hits } = await answerTo({ image_id: COFFEE });
    const app = await open(addressOf({ query: imageQuery(COFFEE) }));
    await expectHits(
      app,
      hits.slice(0, 8).map(({ id }) => id),
    );
    await results(app).locator('button[data-index="2"]').focus();
    await app.page.keyboard.press("Enter");
    const shows = (at: number) =>
      app.page.getByRole("dialog").locator(`img[src*="${hits[at]?.id ?? ""}/display"]`);
    await seen(shows(2));
    await seen(app.page.getByRole("dialog").getByText(hits[2]?.path ?? "", { exact: true }));
    await app.page.keyboard.press("ArrowRight");
    await seen(shows(3));
    await app.page.keyboard.press("ArrowLeft");
    await app.page.keyboard.press("ArrowLeft");
    await seen(shows(1));
    await app.button(shared.previous, app.page.getByRole("dialog")).click();
    await seen(shows(0));
    expect(await app.button(shared.previous, app.page.getByRole("dialog")).count()).toBe(0);
    await app.page.keyboard.press("Escape");
    await gone(app.page.getByRole("dialog"));
    await expectFocusOn(app, 2);
  });

  test("the page's content is one key away", async ({ open }) => {
    const app = await open(addressOf({}));
    await seen(app.page.getByRole("grid"));
    await app.page.keyboard.press("Tab");
    const link = app.page.getByRole("link", { name: "Skip to the page's content" });
    await seen(link);
    await app.page.keyboard.press("Enter");
    await expect.poll(() => app.page.evaluate(() => document.activeElement?.id)).toBe("content");
  });
});

describe("the address", () => {
  test("holds every step, so that back, forward and a link that is passed on show the same", async ({
    open,
  }) => {
    const first = await answerTo({ image_id: COFFEE });
    const second = await answerTo({ image_id: COFFEE, metric: "euclidean" });
    const third = await answerTo({ image_id: COFFEE, metric: "euclidean", exclude_self: true });
    const app = await open(addressOf({ query: imageQuery(COFFEE) }));
    await expectHits(app, idsOf(first));
    await choose(app, "metric", /^Euclidean/);
    await expectHits(app, idsOf(second));
    await app.page.getByLabel(strings.excludeSelf).click({ force: true });
    await expectHits(app, idsOf(third));
    await app.page.goBack();
    await expectHits(app, idsOf(second));
    await app.page.goBack();
    await expectHits(app, idsOf(first));
    await app.page.goForward();
    await app.page.goForward();
    await expectHits(app, idsOf(third));

    const other = await open(app.page.url());
    await expectHits(other, idsOf(third));
    expect(await other.page.getByLabel(strings.excludeSelf).isChecked()).toBe(true);
    await other.page.reload();
    await expectHits(other, idsOf(third));
  });

  test("with nonsense in it is read as far as it is understood", async ({ open }) => {
    const app = await open("/?collection=demo&extractor=hist-basic&image=nonsense&crop=1,2&threshold=much");
    await seen(app.page.getByRole("heading", { name: strings.heading }));
    await seen(app.page.getByRole("gridcell"));
  });

  test("of no page says so", async ({ open }) => {
    const app = await open("/see/nothing");
    await seen(app.page.getByRole("heading", { name: "There is no such page." }));
    await app.page.getByRole("link", { name: "To the search page" }).click();
    await seen(app.page.getByRole("heading", { name: strings.heading }));
  });
});

describe("a start without a picture", () => {
  test("random images change, and one of them is searched with", async ({ open }) => {
    const app = await open("/?collection=demo&extractor=hist-basic&metric=chi2&seed=7");
    const cells = app.page.getByRole("grid", { name: strings.startFrom }).locator("button[data-index] img");
    await seen(cells);
    const before = await cells.first().getAttribute("src");
    await app.button(strings.random).click();
    await expect.poll(() => cells.first().getAttribute("src")).not.toBe(before);
    const chosen = /images\/([0-9a-f]{64})/.exec((await cells.nth(1).getAttribute("src")) ?? "")?.[1] ?? "";
    await app.page.getByRole("grid").locator('button[data-index="1"]').click();
    await expectHits(app, idsOf(await answerTo({ image_id: chosen })));
  });

  test("words find images by what is known of them", async ({ open }) => {
    const app = await open("/?collection=demo");
    await app.page.getByRole("search").getByRole("textbox").fill("Eileen Collins");
    await app.page.keyboard.press("Enter");
    const cells = app.page.getByRole("grid").locator("button[data-index]");
    await expect.poll(() => cells.first().getAttribute("aria-label")).toMatch(/astronaut/);
    await app.page.getByRole("search").getByRole("textbox").fill("zebra");
    await app.page.keyboard.press("Enter");
    await seen(app.page.getByText(strings.noKeywords("zebra")));
  });
});

test("colours are as the system has them, and can be changed for good", async ({ open }) => {
  const app = await open("/", { colours: "dark" });
  const scheme = () => app.page.locator("html").getAttribute("data-mantine-color-scheme");
  await expect.poll(scheme).toBe("dark");
  await app.button("Colours as the system has them").click();
  await expect.poll(scheme).toBe("light");
  await app.page.reload();
  await seen(app.button("Light colours"));
  expect(await scheme()).toBe("light");
});
