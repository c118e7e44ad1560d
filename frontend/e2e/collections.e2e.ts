import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { strings as shared } from "@/components/strings";
import { collectionStrings as strings } from "@/features/collections/strings";
import { strings as search } from "@/features/search/strings";
import { strings as start } from "@/features/start/strings";
import { violations } from "./support/axe";
import { GALLERY } from "./support/paths";
import { dropOn, idOf, pictureOf } from "./support/pictures";
import { answerTo, expectHits, shownIds } from "./support/search";
import { Server } from "./support/server";
import {
  afterAll,
  apiOf,
  beforeAll,
  data,
  describe,
  expect,
  gone,
  seen,
  test,
  type App,
} from "./support/test";

const REFUSED = /Failed to load resource/;

/** A server as it is after installing it: no images yet, and no weights. */
let server: Server;
/** A folder that it may index: pictures of two scenes, one file that is no picture, and one that is broken. */
let photos = "";

beforeAll(async () => {
  photos = join(await mkdtemp(join(tmpdir(), "cbir-e2e-photos-")), "photos");
  await mkdir(photos);
  for (const scene of ["coffee", "rocket"]) {
    await cp(join(GALLERY, "images", scene), join(photos, scene), { recursive: true });
  }
  await writeFile(join(photos, "notes.txt"), "Taken in May");
  await writeFile(join(photos, "broken.jpg"), "no picture at all");
  server = await Server.start({
    folders: [photos, GALLERY],
    environment: { CBIR_WEIGHTS_DIR: join(photos, "..", "no-weights"), CBIR_SERVER_WORKERS: "1" },
  });
});
afterAll(async () => {
  await server.remove();
  await rm(join(photos, ".."), { recursive: true, force: true });
});

async function openHere(open: (address: string, view: object, on: Server) => Promise<App>, address: string) {
  const app = await open(address, {}, server);
  app.expects(REFUSED);
  return app;
}

/** How many pictures there are below a folder. */
async function picturesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => /\.(jpe?g|png|webp|gif|bmp|tiff?|heic|avif)$/i.test(name)).length;
}

async function make(name: string): Promise<void> {
  await data(apiOf(server.url).POST("/api/v1/collections", { body: { name, extractors: ["hist-basic"] } }));
}

describe("a first start", () => {
  test("leads from nothing to a first answer", async ({ open }) => {
    const app = await openHere(open, "/");
    await seen(app.page.getByRole("heading", { name: start.heading }));
    expect(new URL(app.page.url()).pathname).toBe("/start");
    await app.page.getByRole("button", { name: new RegExp(`^${basename(photos)}`) }).click();
    await app.button(start.index("rocket")).click();
    await seen(app.page.getByRole("heading", { name: start.done(start.defaultName) }));
    await app.page.getByRole("link", { name: start.search }).click();
    const cells = app.page.getByRole("grid").locator("button[data-index]");
    await expect.poll(() => cells.count()).toBe(await picturesIn(join(photos, "rocket")));
    await cells.first().click();
    await expect.poll(() => shownIds(app, 20)).toHaveLength(await picturesIn(join(photos, "rocket")));
  });

  test("a name that cannot be one is refused where it is typed", async ({ open }) => {
    const app = await openHere(open, "/start");
    await app.page.getByLabel(start.name).fill("my pictures!");
    await seen(app.page.getByText(start.namePattern));
    expect(await app.button(start.index(basename(photos))).isDisabled()).toBe(true);
  });
});

describe("extractors without weights", () => {
  test("say so, and how to get them, where one chooses extractors and where one searches", async ({
    open,
  }) => {
    const app = await openHere(open, "/collections");
    await app.button(strings.create.open).first().click();
    const dialog = app.page.getByRole("dialog");
    await seen(dialog.getByText(strings.create.missing, { exact: true }));
    await seen(dialog.getByText("cbir weights fetch").first());
    expect(await dialog.getByRole("checkbox", { name: "hist-basic" }).isChecked()).toBe(true);
    expect(await dialog.getByRole("checkbox", { name: "cnn-conv" }).isChecked()).toBe(false);
    await app.page.keyboard.press("Escape");
    await gone(dialog);

    await app.page.goto("/?collection=pictures");
    await app.page.getByRole("combobox", { name: shared.extractor }).click();
    const option = app.page.getByRole("option", { name: /^cnn-conv/ });
    await seen(option.getByText(/cbir weights fetch/));
    expect(await option.getAttribute("data-combobox-disabled")).toBe("true");
  });
});

describe("a collection", () => {
  test("is made, and a folder is indexed into it while one looks on", async ({ open }) => {
    const app = await openHere(open, "/collections");
    await app.button(strings.create.open).first().click();
    await app.page.getByRole("textbox", { name: strings.create.name, exact: true }).fill("gallery");
    await app.button(strings.create.submit).click();
    await seen(app.page.getByRole("heading", { name: "gallery", level: 1 }));
    await seen(app.page.getByText(strings.health.empty, { exact: true }));

    await app.button(strings.add.folder).click();
    const dialog = app.page.getByRole("dialog");
    await dialog.getByRole("button", { name: new RegExp(`^${basename(GALLERY)} `) }).click();
    await expect.poll(() => dialog.getByLabel(strings.folder.path).inputValue()).toBe(basename(GALLERY));
    await app.button(strings.folder.submit, dialog).click();
    await gone(dialog);

    // live: some, but not all, with a rate; no question was needed for it
    const bar = app.page.getByRole("progressbar", {
      name: strings.jobs.progress(strings.jobs.kinds.index ?? ""),
    });
    await expect
      .poll(async () => Number(await bar.getAttribute("aria-valuenow").catch(() => 0)))
      .toBeGreaterThan(0);
    await seen(app.page.getByText(/\d+ of 291 · .* a second/));
    expect(await violations(app), "while a job runs").toEqual([]);
    const job = app.page.getByRole("list", { name: strings.jobs.list }).getByRole("listitem").first();
    await seen(job.getByText(strings.jobs.states.done, { exact: true }));
    await seen(job.getByText(strings.jobs.added(291)));
    await seen(app.page.getByText(strings.images(291), { exact: true }));
    await seen(app.page.getByText(strings.health.good, { exact: true }));
    expect(app.asked.some((one) => /^GET \/api\/v1\/jobs\/[^/]+\/events$/.test(one))).toBe(true);

    await app.page.getByRole("link", { name: strings.search }).click();
    const id = idOf("coffee/original.png");
    await app.page.goto(`/?collection=gallery&image=${id}`);
    const answer = await answerTo({ image_id: id, collection: "gallery" }, server.url);
    await expectHits(
      app,
      answer.hits.slice(0, 8).map((hit) => hit.id),
    );
  });

  test("of a folder with a broken picture lists it, with the reason", async ({ open }) => {
    await make("mixed");
    const app = await openHere(open, "/collections/mixed");
    await app.button(strings.add.folder).click();
    const dialog = app.page.getByRole("dialog");
    await dialog.getByLabel(strings.folder.path).fill("nowhere");
    await app.button(strings.folder.submit, dialog).click();
    await seen(dialog.getByRole("alert"));
    await dialog.getByLabel(strings.folder.path).fill(basename(photos));
    await app.button(strings.folder.submit, dialog).click();
    await gone(dialog);
    const job = app.page.getByRole("list", { name: strings.jobs.list }).getByRole("listitem").first();
    await seen(job.getByText(new RegExp(strings.jobs.added((await picturesIn(photos)) - 1))));
    await app.button(strings.jobs.failures(1), job).click();
    const failure = job.getByRole("list", { name: strings.jobs.failuresOf }).getByRole("listitem");
    await seen(failure.getByText(/broken\.jpg$/));
    expect((await failure.innerText()).trim().split("\n").filter(Boolean).length).toBeGreaterThanOrEqual(3);
    await seen(app.button(strings.jobs.retryFailed, job));
    expect(await violations(app), "with files that failed").toEqual([]);
  });

  test("takes pictures that are dropped, with labels, and says what it did not take", async ({ open }) => {
    await make("dropped");
    const app = await openHere(open, "/collections/dropped");
    const labels = app.page.getByRole("combobox", { name: strings.add.labels });
    await labels.fill("espresso");
    await labels.press("Enter");
    const coffees = ["coffee/original.png", "coffee/cropped.jpg"].map(pictureOf);
    const files = [...coffees, join(photos, "broken.jpg"), join(photos, "notes.txt")];
    await dropOn(app.page, app.page.getByText(strings.add.drop), files);
    const upload = app.page.getByRole("region", { name: strings.upload.title });
    await seen(upload.getByText(strings.upload.finished(2, 0, 2)));
    const listed = upload.getByRole("list", { name: strings.upload.list }).getByRole("listitem");
    expect(await listed.first().innerText()).toMatch(/(broken\.jpg|notes\.txt)\n+.{20,}/);
    await seen(app.button(strings.upload.retry(2), upload));
    expect(await violations(app), "with uploads that failed").toEqual([]);
    await seen(app.page.getByText(strings.images(2), { exact: true }));

    await app.button(strings.add.choose).click();
    await app.page.locator('input[type="file"]').setInputFiles(coffees[0] ?? "");
    await seen(upload.getByText(/1 there already/));

    const page = await data(
      apiOf(server.url).GET("/api/v1/collections/{collection}/images", {
        params: { path: { collection: "dropped" }, query: { labels: ["espresso"] } },
      }),
    );
    expect(page.images.map(({ id }) => id).sort()).toEqual(
      [idOf("coffee/original.png"), idOf("coffee/cropped.jpg")].sort(),
    );
  });

  test("without images says so to whoever searches in it", async ({ open }) => {
    await make("empty");
    const app = await openHere(open, "/?collection=empty");
    await seen(app.page.getByText(search.emptyCollection("empty")));
    await app.page.getByRole("link", { name: search.addImages }).click();
    await expect.poll(() => app.page.getByLabel(start.name).inputValue()).toBe("empty");
    await app.page.goto("/compare?collection=empty");
    await seen(app.page.getByText("The collection empty holds no image yet."));
  });

  test("is deleted after a question, and the deletion can be undone", async ({ open }) => {
    await make("passing");
    const app = await openHere(open, "/collections/passing");
    await app.button(strings.upkeep.menu).click();
    await app.page.getByRole("menuitem", { name: strings.remove.open }).click();
    const dialog = app.page.getByRole("dialog", { name: strings.remove.title("passing") });
    await seen(dialog.getByText(strings.remove.own));
    await app.button(strings.remove.submit, dialog).click();
    await seen(app.page.getByText(strings.remove.done("passing")));
    expect(await violations(app), "with a way back").toEqual([]);
    expect(await app.page.getByRole("heading", { name: "passing", exact: true }).count()).toBe(0);
    await app.button(strings.remove.undo).click();
    await seen(app.page.getByRole("heading", { name: "passing", level: 1 }));
  });

  test("that was deleted meanwhile leads back to the others", async ({ open }) => {
    await make("vanishing");
    const app = await openHere(open, "/collections/vanishing");
    await seen(app.page.getByRole("heading", { name: "vanishing", level: 1 }));
    const path = { collection: "vanishing" };
    await apiOf(server.url).DELETE("/api/v1/collections/{collection}", { params: { path } });
    await app.button(strings.upkeep.menu).click();
    await app.page.getByRole("menuitem", { name: strings.upkeep.check }).click();
    await seen(app.page.getByRole("alert"));
    await app.page.reload();
    await seen(app.page.getByText(strings.gone.title));
    await app.page.getByRole("link", { name: strings.back }).last().click();
    await seen(app.page.getByRole("heading", { name: strings.title, level: 1 }));
  });

  test("is checked for its health", async ({ open }) => {
    await make("checked");
    const app = await openHere(open, "/collections/checked");
    await app.button(strings.upkeep.menu).click();
    await app.page.getByRole("menuitem", { name: strings.upkeep.check }).click();
    await seen(app.page.getByText(strings.jobs.kinds.check ?? "", { exact: true }));
    await seen(app.page.getByText(strings.jobs.healthy));
  });
});
