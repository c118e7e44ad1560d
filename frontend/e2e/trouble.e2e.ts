import { open as openFile, readFile, writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strings } from "@/features/search/strings";
import { strings as frame } from "@/lib/strings";
import { violations } from "./support/axe";
import { copyDemo } from "./support/demo";
import { dropOn, idOf, pictureOf } from "./support/pictures";
import { Line } from "./support/proxy";
import { addressOf, answerTo, choose, expectHits, idsOf, imageQuery, shownIds } from "./support/search";
import { Server } from "./support/server";
import {
  afterAll,
  apiOf,
  beforeAll,
  data,
  describe,
  expect,
  gone,
  inject,
  seen,
  test,
  type App,
} from "./support/test";

const COFFEE = idOf("coffee/original.png");
const MB = 2 ** 20;
/** The browser reports refused requests by itself. */
const REFUSED = /Failed to load resource/;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cbir-e2e-files-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A file of so many bytes that begins with these. */
async function fileOf(name: string, beginning: Uint8Array | string, bytes: number): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, beginning);
  const file = await openFile(path, "r+");
  await file.truncate(bytes);
  await file.close();
  return path;
}

async function searchingFor(
  open: (address: string) => Promise<App>,
): Promise<{ app: App; before: string[] }> {
  const app = await open(addressOf({ query: imageQuery(COFFEE) }));
  app.expects(REFUSED);
  const before = idsOf(await answerTo({ image_id: COFFEE }));
  await expectHits(app, before);
  return { app, before };
}

async function give(app: App, file: string): Promise<void> {
  const [chooser] = await Promise.all([
    app.page.waitForEvent("filechooser"),
    app.button(strings.chooseOther).click(),
  ]);
  await chooser.setFiles(file);
}

describe("a picture that cannot be searched with is refused in place, and all else stays", () => {
  test("a text file, chosen or dropped", async ({ open }) => {
    const { app, before } = await searchingFor(open);
    const text = join(folder, "letter.txt");
    await writeFile(text, "Dear Sir");
    await give(app, text);
    const card = app.page.getByRole("region", { name: strings.query });
    const alert = card.getByRole("alert");
    await seen(alert.getByText(strings.notAPicture));
    await seen(alert.getByText(strings.pictures));
    await app.button(strings.dismiss, card).click();
    await gone(alert);
    await dropOn(app.page, app.page.locator("body"), [text]);
    await seen(alert.getByText(strings.notAPicture));
    expect(await shownIds(app)).toEqual(before);
    expect(app.times("POST /api/v1/queries")).toBe(0);
    // and a way on
    await give(app, pictureOf("coffee/cropped.jpg"));
    await gone(alert);
    await expect.poll(() => new URL(app.page.url()).searchParams.get("query")).not.toBeNull();
  });

  test("text in a picture's clothes, and a picture that breaks off", async ({ open }) => {
    const { app, before } = await searchingFor(open);
    const alert = app.page.getByRole("region", { name: strings.query }).getByRole("alert");
    await give(app, await fileOf("letter.jpg", "Dear Sir", 1000));
    await seen(app.page.getByText(strings.notSent("letter.jpg")));
    await seen(alert);
    const whole = await readFile(pictureOf("coffee/original.png"));
    await give(app, await fileOf("half.png", whole.subarray(0, 20_000), 20_000));
    await seen(app.page.getByText(strings.notSent("half.png")));
    expect((await alert.textContent())?.length).toBeGreaterThan(30);
    expect(await shownIds(app)).toEqual(before);
    expect(new URL(app.page.url()).searchParams.get("image")).toBe(COFFEE);
  });

  test("one of 200 MB", async ({ open }) => {
    const { app, before } = await searchingFor(open);
    const jpeg = await readFile(pictureOf("coffee/cropped.jpg"));
    await give(app, await fileOf("huge.jpg", jpeg, 200 * MB));
    const card = app.page.getByRole("region", { name: strings.query });
    await seen(card.getByText(strings.notSent("huge.jpg")));
    await seen(card.getByRole("alert").getByText(/50 MiB/));
    expect(await violations(app)).toEqual([]);
    expect(await shownIds(app)).toEqual(before);
  });
});

describe("when the connection is lost", () => {
  test("in the middle of an upload, the picture is kept and can be sent again", async ({ open }) => {
    const { url, logFile } = inject("shared");
    const line = await Line.to({ port: Number(new URL(url).port), logFile });
    try {
      const app = await open(addressOf({ query: imageQuery(COFFEE) }), {}, line);
      app.expects(REFUSED);
      const before = idsOf(await answerTo({ image_id: COFFEE }));
      await expectHits(app, before);
      // a whole photograph, with so much behind it that it takes a while
      const jpeg = await readFile(pictureOf("coffee/cropped.jpg"));
      line.cutAfter(5 * MB);
      await give(app, await fileOf("large.jpg", jpeg, 40 * MB));
      const card = app.page.getByRole("region", { name: strings.query });
      await seen(card.getByText(strings.notSent("large.jpg")));
      await seen(card.getByRole("alert").getByText(frame.app.away).first());
      expect(line.isCut).toBe(true);
      expect(await shownIds(app)).toEqual(before);
      line.mend();
      await app.button(frame.app.retry, card).click();
      await expect.poll(() => new URL(app.page.url()).searchParams.get("query")).not.toBeNull();
      await gone(card.getByRole("alert"));
    } finally {
      await line.close();
    }
  });
});

describe("a server that goes away and comes back", () => {
  let server: Server;
  beforeAll(async () => {
    const demo = inject("demo");
    server = await Server.start({
      environment: { CBIR_WEIGHTS_DIR: demo.weightsDir, CBIR_SERVER_WORKERS: "1" },
      prepare: (dataDir) => copyDemo(demo, dataDir),
    });
  });
  afterAll(() => server.remove());

  test("is said to be away; what was found stays, and the page goes on by itself", async ({ open }) => {
    const app = await open(addressOf({ query: imageQuery(COFFEE) }), {}, server);
    app.expects(REFUSED);
    const before = idsOf(await answerTo({ image_id: COFFEE }));
    await expectHits(app, before);
    await server.stop();
    await choose(app, "metric", /^Euclidean/);
    await seen(app.page.getByRole("alert").getByText(frame.app.away).first());
    await server.serve();
    await expectHits(app, idsOf(await answerTo({ image_id: COFFEE, metric: "euclidean" })));
    await gone(app.page.getByRole("alert"));
    expect(before).not.toEqual([]);
  });

  test("a picture that it no longer has is asked for again, with all else as it was", async ({ open }) => {
    const app = await open(addressOf({ metric: "euclidean" }), {}, server);
    app.expects(REFUSED);
    const [chooser] = await Promise.all([
      app.page.waitForEvent("filechooser"),
      app.button(strings.choose).click(),
    ]);
    await chooser.setFiles(pictureOf("coffee/cropped.jpg"));
    await expect.poll(() => shownIds(app)).toHaveLength(8);
    await server.stop();
    await server.serve();
    await app.page.reload();
    await seen(app.page.getByText(strings.expired));
    await give(app, pictureOf("coffee/cropped.jpg"));
    await expect.poll(() => shownIds(app)).toHaveLength(8);
    expect(new URL(app.page.url()).searchParams.get("metric")).toBe("euclidean");
  });

  test("a collection that is deleted meanwhile is said to be gone, and others are offered", async ({
    open,
  }) => {
    const api = apiOf(server.url);
    await data(api.POST("/api/v1/collections", { body: { name: "other", extractors: ["hist-basic"] } }));
    const app = await open(addressOf({ query: imageQuery(COFFEE) }), {}, server);
    app.expects(REFUSED);
    await expect.poll(() => shownIds(app)).toHaveLength(8);
    await api.DELETE("/api/v1/collections/{collection}", { params: { path: { collection: "demo" } } });
    await choose(app, "metric", /^Euclidean/);
    await seen(app.page.getByText(strings.collectionGone("demo")));
    await app.button("other").click();
    await seen(app.page.getByText(strings.emptyCollection("other")));
    await app.page.getByRole("link", { name: strings.addImages }).click();
    await expect.poll(() => new URL(app.page.url()).pathname).toBe("/start");
  });
});

test("an image that was deleted meanwhile leaves a way on", async ({ open }) => {
  const app = await open(addressOf({ query: imageQuery("0".repeat(64)) }));
  app.expects(REFUSED);
  await seen(app.page.getByText(strings.imageGone));
  await app.button(strings.clear).first().click();
  await seen(app.page.getByRole("heading", { name: strings.heading }));
});
