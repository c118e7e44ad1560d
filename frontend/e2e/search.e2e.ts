import { readFile } from "node:fs/promises";
import { strings } from "@/features/search/strings";
import { formatScore } from "@/lib/scores";
import { dropOn, formWith, idOf, paste, pictureOf } from "./support/pictures";
import {
  addressOf,
  answerTo,
  choose,
  cliHits,
  COLOURS,
  expectHits,
  idsOf,
  imageQuery,
  results,
  SEARCH,
  searched,
  shownIds,
  type Answer,
} from "./support/search";
import { describe, expect, gone, inject, placeOf, seen, test, type App } from "./support/test";

const COFFEE = pictureOf("coffee/cropped.jpg");

async function answerToFile(file: string, fields: Record<string, string> = {}): Promise<Answer> {
  const body = formWith(file, { collection: "demo", ...COLOURS, k: "60", ...fields });
  const response = await fetch(`${inject("shared").url}${SEARCH}`, { method: "POST", body });
  return (await response.json()) as Answer;
}

async function chooseFile(
  app: App,
  file: string | { name: string; mimeType: string; buffer: Buffer },
  button: string,
) {
  const [chooser] = await Promise.all([app.page.waitForEvent("filechooser"), app.button(button).click()]);
  await chooser.setFiles(file);
}

describe("a picture of one's own", () => {
  test("is chosen, and found are the hits of the API and of the command line", async ({ open }) => {
    const [answer, hits] = await Promise.all([answerToFile(COFFEE), cliHits(COFFEE, COLOURS)]);
    const app = await open(addressOf({}));
    await chooseFile(app, COFFEE, strings.choose);
    await expectHits(app, idsOf(answer));
    expect(await shownIds(app, hits.length)).toEqual(hits.map(({ id }) => id));
    const second = hits[1];
    expect(await results(app).locator('button[data-index="1"]').getAttribute("aria-label")).toContain(
      formatScore(second?.score ?? NaN),
    );
    await seen(app.page.getByRole("heading", { name: strings.found(answer.total, true) }));
  });

  test("is pasted from the clipboard", async ({ open }) => {
    const app = await open(addressOf({}));
    await seen(app.page.getByRole("grid"));
    const answer = await searched(app, () => paste(app.page, pictureOf("astronaut/original.png")));
    await expectHits(app, idsOf(answer));
    expect(answer.hits[0]?.id).toBe(idOf("astronaut/original.png"));
  });

  test("is dropped anywhere on the page", async ({ open }) => {
    const answer = await answerToFile(COFFEE);
    const app = await open(addressOf({}));
    await seen(app.page.getByRole("grid"));
    await dropOn(app.page, app.page.locator("body"), [COFFEE]);
    await expectHits(app, idsOf(answer));
  });
});

describe("what similar means", () => {
  test("a change of metric and of extractor asks anew, and sends no picture again", async ({ open }) => {
    const app = await open(addressOf({}));
    await chooseFile(app, COFFEE, strings.choose);
    await expectHits(app, idsOf(await answerToFile(COFFEE)));
    const token = new URL(app.page.url()).searchParams.get("query");

    const changed = await searched(app, () => choose(app, "metric", /^Euclidean/), { metric: "euclidean" });
    expect(changed).toMatchObject({ query: token, extractor: "hist-basic" });
    await expectHits(app, idsOf(await answerToFile(COFFEE, { metric: "euclidean" })));

    if (inject("demo").neural) {
      const wanted = { extractor: "cnn-conv" };
      const neural = await searched(app, () => choose(app, "extractor", /^cnn-conv/), wanted);
      expect(neural).toMatchObject({ query: token, metric: "euclidean" });
      await expectHits(app, idsOf(neural));
      expect(idsOf(neural)).not.toEqual(idsOf(changed));
    }
    expect(app.times("POST /api/v1/queries")).toBe(1);
  });

  test("an extractor that the collection lacks cannot be chosen, and says why", async ({ open }) => {
    const app = await open(addressOf({}));
    await app.page.getByLabel("What is compared", { exact: true }).first().click();
    const lacking = app.page.getByRole("option", { name: /^cnn-basic/ });
    await seen(lacking);
    if ((await lacking.getAttribute("data-combobox-disabled")) === "true") {
      expect(await lacking.textContent()).toMatch(/does not have this descriptor/);
    } else {
      expect(inject("demo").neural).toBe(true);
    }
  });
});

describe("the ranking", () => {
  test("goes on while one scrolls, to its end", async ({ open }) => {
    const id = idOf("coffee/original.png");
    const all = await answerTo({ image_id: id, k: 300 });
    expect(all.hits).toHaveLength(291);
    const app = await open(addressOf({ query: imageQuery(id) }));
    await expectHits(app, idsOf(all));
    const last = async () => {
      await app.page.mouse.wheel(0, 4000);
      return (await shownIds(app, 300)).at(-1);
    };
    await expect.poll(last).toBe(all.hits.at(-1)?.id);
    await seen(app.page.getByText(strings.end, { exact: true }));
    const shown = await shownIds(app, 300);
    expect(shown).toEqual(all.hits.slice(-shown.length).map((hit) => hit.id));
    expect(app.times(`POST ${SEARCH}`)).toBeGreaterThanOrEqual(Math.ceil(291 / 60));
    expect(shown.length).toBeLessThan(100);
  });

  test("leads on from a hit to images like it, and back", async ({ open }) => {
    const id = idOf("coffee/original.png");
    const first = await answerTo({ image_id: id });
    const app = await open(addressOf({ query: imageQuery(id) }));
    await expectHits(app, idsOf(first));
    const wanted = first.hits[4]?.id ?? "";
    await results(app).getByRole("gridcell").nth(4).hover();
    await app.button(strings.similar, results(app).getByRole("gridcell").nth(4)).click();
    await expectHits(app, idsOf(await answerTo({ image_id: wanted })));
    expect(new URL(app.page.url()).searchParams.get("image")).toBe(wanted);
    await app.page.goBack();
    await expectHits(app, idsOf(first));
  });

  test("is refined by images that are liked and disliked", async ({ open }) => {
    const id = idOf("coffee/original.png");
    const first = await answerTo({ image_id: id });
    const app = await open(addressOf({ query: imageQuery(id) }));
    await expectHits(app, idsOf(first));
    const [liked = "", disliked = ""] = [first.hits[5]?.id, first.hits[7]?.id];
    const cell = (hit: string) =>
      results(app)
        .getByRole("gridcell")
        .filter({ has: app.page.locator(`img[src*="${hit}"]`) });

    await cell(liked).hover();
    await app.button(strings.like, cell(liked)).click();
    const positive = [
      { id, crop: null },
      { id: liked, crop: null },
    ];
    await expectHits(app, idsOf(await answerTo({ positive })));

    await cell(disliked).hover();
    await app.button(strings.dislike, cell(disliked)).click();
    const refined = await answerTo({ positive, negative: [{ id: disliked, crop: null }] });
    await expectHits(app, idsOf(refined));
    expect(idsOf(refined)).not.toEqual(idsOf(first));
    expect(await app.button(strings.like, cell(liked)).getAttribute("aria-pressed")).toBe("true");

    const marked = app.button(strings.removeExample);
    expect(await marked.count()).toBe(2);
    await marked.last().click();
    await marked.first().click();
    await expectHits(app, idsOf(first));
  });

  test("says how near, counts what is found, and saves it as files", async ({ open }) => {
    const id = idOf("coffee/original.png");
    const all = await answerTo({ image_id: id, k: 300 });
    const app = await open(addressOf({ query: imageQuery(id) }));
    await expectHits(app, idsOf(all));
    for (const [label, ending] of [
      [strings.exportJson, "json"],
      [strings.exportCsv, "csv"],
      [strings.exportTrec, "txt"],
    ] as const) {
      await app.button(strings.export).click();
      const [download] = await Promise.all([
        app.page.waitForEvent("download"),
        app.page.getByRole("menuitem", { name: label }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`demo-hist-basic-chi2.${ending}`);
      const text = await readFile(await download.path(), "utf8");
      expect(text.match(/[0-9a-f]{64}/g)?.filter((one) => one === all.hits[290]?.id)).not.toHaveLength(0);
      if (ending === "json") {
        const hits = (JSON.parse(text) as Answer).hits;
        expect(hits.map((hit) => hit.id)).toEqual(all.hits.map((hit) => hit.id));
      }
      if (ending === "csv") expect(text.trim().split("\n")).toHaveLength(1 + 291);
      if (ending === "txt") expect(text.trim().split("\n")).toHaveLength(291);
    }
  });
});

describe("a part of a picture", () => {
  test("is drawn with the mouse, stretched with keys, and searched with", async ({ open }) => {
    const id = idOf("coffee/original.png");
    const app = await open(addressOf({ query: imageQuery(id) }));
    await expectHits(app, idsOf(await answerTo({ image_id: id })));
    await app.button(strings.crop).click();
    const dialog = app.page.getByRole("dialog", { name: strings.cropTitle });
    const box = await placeOf(dialog.locator("img"));
    await app.page.mouse.move(box.x + box.width * 0.1, box.y + box.height * 0.1);
    await app.page.mouse.down();
    await app.page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.6, { steps: 4 });
    await app.page.mouse.up();
    await app.button(strings.cropCorner.se, dialog).focus();
    await app.page.keyboard.press("Shift+ArrowRight");
    await app.button(strings.cropGo, dialog).click();
    await gone(dialog);
    await expect.poll(() => new URL(app.page.url()).searchParams.get("crop")).toMatch(/^\d+,\d+,\d+,\d+$/);
    const crop = new URL(app.page.url()).searchParams.get("crop") ?? "";
    const [x = 0, y = 0, width = 0, height = 0] = crop.split(",").map(Number);
    // of 600 x 400 pixels: from 0.1 to 0.4 and 0.6; then a tenth of the longer side wider
    const drawn = [60, 40, 180 + 60, 200];
    [x, y, width, height].forEach((side, place) => {
      expect(Math.abs(side - (drawn[place] ?? 0)), crop).toBeLessThan(6);
    });
    await expectHits(app, idsOf(await answerTo({ image_id: id, crop })));
    await app.button(strings.uncrop).click();
    await expectHits(app, idsOf(await answerTo({ image_id: id })));
  });
});

describe("narrowing down", () => {
  const id = idOf("coffee/original.png");

  test("by label, by words, without the query, and without near-duplicates", async ({ open }) => {
    const app = await open(addressOf({ query: imageQuery(id) }));
    await expectHits(app, idsOf(await answerTo({ image_id: id })));

    await app.page.getByLabel(strings.labels, { exact: true }).first().click();
    await app.page.getByRole("option", { name: "coffee", exact: true }).click();
    await app.page.keyboard.press("Escape");
    const labelled = await answerTo({ image_id: id, labels: ["coffee"] });
    expect(labelled.hits).toHaveLength(15);
    await expectHits(app, idsOf(labelled, 15));
    await seen(app.page.getByRole("heading", { name: strings.found(15, true) }));

    await app.page.getByLabel(strings.text).fill("cropped");
    const worded = await answerTo({ image_id: id, labels: ["coffee"], text: "cropped" });
    await expectHits(app, idsOf(worded));
    await seen(app.page.getByRole("heading", { name: strings.found(worded.total, true) }));
    await app.page.getByLabel(strings.text).fill("");
    await expectHits(app, idsOf(labelled, 15));

    await app.page.getByLabel(strings.excludeSelf).click({ force: true });
    const without = await answerTo({ image_id: id, labels: ["coffee"], exclude_self: true });
    expect(idsOf(without)).not.toContain(id);
    await expectHits(app, idsOf(without, 14));

    await app.page.getByLabel(strings.collapse).click({ force: true });
    const collapsed = await answerTo({
      image_id: id,
      labels: ["coffee"],
      exclude_self: true,
      collapse: true,
    });
    await expectHits(app, idsOf(collapsed, collapsed.hits.length));
    const standing = collapsed.hits.find((hit) => hit.collapsed.length > 0);
    if (standing)
      await seen(app.page.getByText(strings.collapsed(standing.collapsed.length), { exact: true }));
  });

  test("by a limit on the score; and where it leaves nothing, it says so and can be dropped", async ({
    open,
  }) => {
    const app = await open(addressOf({ query: imageQuery(id) }));
    const all = await answerTo({ image_id: id, k: 300 });
    await expectHits(app, idsOf(all));
    await app.button(strings.thresholdOn).click();
    await expect.poll(() => new URL(app.page.url()).searchParams.get("threshold")).not.toBeNull();
    const limit = Number(new URL(app.page.url()).searchParams.get("threshold"));
    const within = all.hits.filter(({ score }) => score <= limit);
    expect(within.length).toBeGreaterThan(0);
    expect(within.length).toBeLessThan(291);
    await seen(app.page.getByRole("heading", { name: strings.found(within.length, true) }));

    await app.page.getByRole("slider").focus();
    await app.page.keyboard.press("Home");
    await expect
      .poll(() => Number(new URL(app.page.url()).searchParams.get("threshold")))
      .toBeLessThan(limit);

    const field = app.page.getByRole("textbox", { name: strings.threshold });
    // the field is made anew with the new limit; what is typed before is gone with the old one
    const lower = Number(new URL(app.page.url()).searchParams.get("threshold"));
    await expect.poll(async () => Number(await field.inputValue())).toBeCloseTo(lower, 5);
    await field.fill("-1");
    await field.blur();
    await seen(app.page.getByText(strings.nothingLeft, { exact: true }));
    await app.button(strings.dropThreshold).click();
    await expectHits(app, idsOf(all));
  });

  test("near-duplicates of the whole collection stand in one, and unfold in the lightbox", async ({
    open,
  }) => {
    const collapsed = await answerTo({ image_id: id, collapse: true });
    const at = collapsed.hits.findIndex((hit) => hit.collapsed.length > 0);
    expect(at).toBeGreaterThanOrEqual(0);
    const app = await open(addressOf({ query: imageQuery(id), collapse: true }));
    await expectHits(app, idsOf(collapsed));
    await results(app).locator(`button[data-index="${at}"]`).click();
    const inside = app.page.getByRole("region", { name: strings.collapsedTitle }).getByRole("button");
    await expect.poll(() => inside.count()).toBe(collapsed.hits[at]?.collapsed.length);
    await inside.first().click();
    await expectHits(
      app,
      idsOf(await answerTo({ image_id: collapsed.hits[at]?.collapsed[0], collapse: true })),
    );
  });
});

test("nothing similar is said plainly, and the nearest are shown all the same", async ({ open }) => {
  // one flat colour that no photograph has
  const app = await open(addressOf({}));
  const picture = await app.page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 256;
    const pen = canvas.getContext("2d");
    if (pen) {
      pen.fillStyle = "#0000ff";
      pen.fillRect(0, 0, 256, 256);
    }
    return canvas.toDataURL("image/png");
  });
  const buffer = Buffer.from(picture.slice(picture.indexOf(",") + 1), "base64");
  const answer = await searched(app, () =>
    chooseFile(app, { name: "blue.png", mimeType: "image/png", buffer }, strings.choose),
  );
  expect(answer.nothing_similar).toBe(true);
  await seen(app.page.getByText(strings.nothingSimilar));
  await expectHits(app, idsOf(answer));
  await chooseFile(app, COFFEE, strings.chooseOther);
  await gone(app.page.getByText(strings.nothingSimilar));
});
