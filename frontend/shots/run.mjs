/**
 * Pictures of every page and state at three widths, light and dark, and a sheet of all of them.
 *
 *     node frontend/shots/run.mjs --cbir .venv/bin/cbir --data demo-data/data --gallery demo-data/gallery --out FOLDER
 *         [--only NAME[,NAME]] [--widths 390,1280,1920] [--schemes light,dark]
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { launch } from "../bench/chromium.mjs";
import { furnish, idsOf, prepare, serve, warm, work } from "./data.mjs";
import { lookAt } from "./faults.mjs";
import { sheetOf } from "./sheet.mjs";
import { STATES } from "./states.mjs";

const { values: options } = parseArgs({
  options: {
    cbir: { type: "string", default: ".venv/bin/cbir" },
    data: { type: "string", default: "demo-data/data" },
    gallery: { type: "string", default: "demo-data/gallery" },
    out: { type: "string", default: ".cache/screenshots" },
    only: { type: "string", default: "" },
    widths: { type: "string", default: "390,1280,1920" },
    schemes: { type: "string", default: "light,dark" },
  },
});
const HEIGHTS = { 390: 844, 1280: 800, 1920: 1080 };
const TALLEST = 3000;
const QUIET_MS = 400;
const PATIENCE_MS = 15_000;

const home = await mkdtemp(join(tmpdir(), "cbir-shots-"));
const cbir = resolve(options.cbir);
const gallery = resolve(options.gallery);
const out = resolve(options.out);
const { environment, folders, report } = await prepare({ cbir, gallery, home, data: resolve(options.data) });
await mkdir(out, { recursive: true });
const server = await serve({
  cbir,
  environment,
  roots: [gallery, folders.long, folders.broken],
  log: join(out, "serve.log"),
});
const browser = await launch();
try {
  const about = { report, ids: await idsOf(gallery) };
  await warm(server.address, about.ids["coffee/original"]);
  await furnish(server.address, folders);
  const wanted = STATES.filter(({ name }) => !options.only || options.only.split(",").includes(name));
  const shots = [];
  for (const scheme of options.schemes.split(",")) {
    for (const width of options.widths.split(",").map(Number)) {
      for (const state of wanted) shots.push(await shoot(state, width, scheme, about));
    }
  }
  await writeFile(join(out, "index.html"), sheetOf(shots));
  console.log(`${shots.length} pictures: ${join(out, "index.html")}`);
  for (const { file, faults } of shots) if (faults.length > 0) console.log(file, faults.join("; "));
} finally {
  await browser.close();
  await server.stop();
  await rm(home, { recursive: true, force: true });
}

async function shoot(state, width, scheme, about) {
  const phone = width < 600;
  const context = await browser.newContext({
    viewport: { width, height: HEIGHTS[width] ?? 900 },
    colorScheme: scheme,
    reducedMotion: "reduce",
    hasTouch: phone,
    isMobile: phone,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  for (const [address, answer] of Object.entries(state.answers ?? {})) await page.route(address, answer);
  const file = `${state.name}-${width}-${scheme}.png`;
  const faults = [];
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  const stop = state.working ? await work(server.address, gallery) : undefined;
  try {
    const address = typeof state.address === "string" ? state.address : state.address(about);
    await page.goto(server.address + address);
    await settled(page);
    if (!state.busy) await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
    if (state.act) {
      await state.act(page);
      await settled(page);
    }
  } catch (error) {
    faults.push(`not reached: ${error.message.split("\n")[0]}`);
  }
  faults.push(...(await page.evaluate(lookAt, { phone })));
  if (state.whole) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.min(TALLEST, Math.max(height, HEIGHTS[width] ?? 900)) });
    await settled(page);
  }
  await page.screenshot({ path: join(out, file) });
  await context.close();
  await stop?.();
  return { name: state.name, width, scheme, file, faults };
}

/** Answers are in and pictures drawn; a stream of a job's news goes on for ever, so quiet is not waited for long. */
async function settled(page) {
  await page.waitForLoadState("networkidle", { timeout: 4000 }).catch(() => undefined);
  await page
    .waitForFunction(() => [...document.images].every(({ complete }) => complete), undefined, {
      timeout: 4000,
    })
    .catch(() => undefined);
  await page.waitForTimeout(QUIET_MS);
}
