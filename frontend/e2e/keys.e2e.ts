import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { frame } from "@/components/frame.strings";
import { collectionStrings } from "@/features/collections/strings";
import { strings as search } from "@/features/search/strings";
import { violations } from "./support/axe";
import { copyDemo } from "./support/demo";
import { CBIR } from "./support/paths";
import { environmentIn, Server } from "./support/server";
import { afterAll, beforeAll, describe, expect, gone, inject, seen, test, type App } from "./support/test";

const run = promisify(execFile);
const REFUSED = /Failed to load resource/;

let server: Server;
const keys = { reader: "", writer: "" };

async function createKey(dataDir: string, name: string, role: string): Promise<string> {
  const home = join(dataDir, "..");
  const { stdout } = await run(CBIR, ["keys", "create", name, "--role", role], { env: environmentIn(home) });
  return stdout.trim().split(/\s+/).at(-1) ?? "";
}

beforeAll(async () => {
  server = await Server.start({
    environment: { CBIR_WEIGHTS_DIR: inject("demo").weightsDir, CBIR_SERVER_WORKERS: "1" },
    prepare: async (dataDir) => {
      await copyDemo(inject("demo"), dataDir);
      await mkdir(dataDir, { recursive: true });
      keys.reader = await createKey(dataDir, "reader", "read");
      keys.writer = await createKey(dataDir, "writer", "write");
    },
  });
});
afterAll(() => server.remove());

async function logIn(app: App, key: string): Promise<void> {
  const dialog = app.page.getByRole("dialog", { name: frame.login.title });
  await dialog.locator("input").fill(key);
  await app.button(frame.login.enter, dialog).click();
}

describe("a server with keys", () => {
  test("asks for one, refuses a wrong one, and goes on with the right one where one was", async ({
    open,
  }) => {
    const app = await open("/?collection=demo&keywords=astronaut", {}, server);
    app.expects(REFUSED);
    const dialog = app.page.getByRole("dialog", { name: frame.login.title });
    await seen(dialog);
    await logIn(app, "wrong");
    await seen(dialog.getByRole("alert"));
    expect(await violations(app)).toEqual([]);
    await logIn(app, keys.reader);
    await gone(dialog);
    await expect
      .poll(() => app.page.getByRole("grid").locator("button[data-index]").first().getAttribute("aria-label"))
      .toMatch(/astronaut/);
    expect(await app.page.evaluate(() => document.cookie)).not.toContain(keys.reader);

    await app.page.goto("/collections/demo");
    await seen(app.page.getByText(collectionStrings.readOnly).first());
    await app.page.reload();
    await seen(app.button(frame.login.leave("reader")));

    await app.button(collectionStrings.logIn).first().click();
    await logIn(app, keys.writer);
    await gone(app.page.getByText(collectionStrings.readOnly));
    await app.button(frame.login.leave("writer")).click();
    await seen(dialog);
  });

  test("whoever closes the question sees that a key is needed", async ({ open }) => {
    const app = await open("/", {}, server);
    app.expects(REFUSED);
    const dialog = app.page.getByRole("dialog", { name: frame.login.title });
    await seen(dialog);
    await app.page.keyboard.press("Escape");
    await gone(dialog);
    await seen(app.page.getByRole("alert"));
    expect(await app.page.getByRole("grid", { name: search.startFrom }).count()).toBe(0);
  });
});
