/**
 * What a person's browser does with the pages of a running server, as JSON on stdout, a line a run.
 *
 *     node bench/browser.mjs ADDRESS COLLECTION IMAGES RUNS
 *
 * `COLLECTION` holds at least `IMAGES` images. Each run starts with an empty cache, opens the search page, then a
 * search, and turns the wheel until all `IMAGES` hits have gone by. A task is long from 50 ms on, whatever it does.
 */
import { gzipSync } from "node:zlib";
import { launch } from "./chromium.mjs";

const [address, collection, images, runs] = process.argv.slice(2);
const VIEWPORT = { width: 1280, height: 800 };
const NOTCH = 400;
const BETWEEN_MS = 60;
const LOOK_EVERY = 5;
const PATIENCE_MS = 120_000;

const browser = await launch();
for (let run = 0; run < Number(runs); run += 1) {
  console.log(JSON.stringify({ ...(await firstPage()), ...(await scrolled()) }));
}
await browser.close();

/** A page of a browser that knows nothing yet, with a note of everything that moved and every long task. */
async function fresh() {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  await page.addInitScript(() => {
    const noted = { shift: 0, moved: [], tasks: [], usable: 0 };
    window.noted = noted;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        noted.shift += entry.value;
        noted.moved.push(...entry.sources.map(({ node }) => node?.className ?? String(node)));
      }
    }).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) noted.tasks.push({ startTime, duration });
    }).observe({ type: "longtask", buffered: true });
    const look = () => {
      if (document.querySelector("input[type=file]") && document.querySelector("form[role=search] input")) {
        noted.usable = performance.now();
      } else {
        requestAnimationFrame(look);
      }
    };
    requestAnimationFrame(look);
  });
  return { context, page };
}

/** Milliseconds until a picture or words can be given, and what all scripts weigh that the first page loads. */
async function firstPage() {
  const { context, page } = await fresh();
  const scripts = [];
  page.on("response", (answer) => {
    if (answer.request().resourceType() === "script") scripts.push(answer.body());
  });
  await page.goto(`${address}/?collection=${collection}`);
  await page.waitForFunction(() => window.noted.usable > 0);
  await page.waitForLoadState("networkidle");
  const bodies = await Promise.all(scripts);
  const { usable, shift } = await page.evaluate(() => window.noted);
  await context.close();
  return {
    usable_ms: usable,
    script_gzip_bytes: bodies.reduce((sum, body) => sum + gzipSync(body).length, 0),
    script_bytes: bodies.reduce((sum, body) => sum + body.length, 0),
    first_page_shift: shift,
  };
}

/** What moved, and tasks over 50 ms, from the first hit to the last. */
async function scrolled() {
  const { context, page } = await fresh();
  const asked = await fetch(`${address}/api/v1/collections/${collection}/images?limit=1`);
  const [{ id }] = (await asked.json()).images;
  await page.goto(`${address}/?collection=${collection}&image=${id}`);
  await page.locator("[role=grid] img").first().waitFor();
  await page.waitForLoadState("networkidle");
  await browser.startTracing(page, { categories: ["toplevel"] });
  const started = await page.evaluate(() => performance.now());
  await page.mouse.move(VIEWPORT.width - 200, VIEWPORT.height / 2);
  const end = Date.now() + PATIENCE_MS;
  let seen = 0;
  while (seen < Number(images) && Date.now() < end) {
    for (let turn = 0; turn < LOOK_EVERY; turn += 1) {
      await page.mouse.wheel(0, NOTCH);
      await page.waitForTimeout(BETWEEN_MS);
    }
    seen = await page.evaluate(() => {
      const last = [...document.querySelectorAll("[role=grid] [data-index]")].at(-1);
      return last && last.getBoundingClientRect().top < window.innerHeight
        ? Number(last.dataset.index) + 1
        : 0;
    });
  }
  const { shift, moved, tasks } = await page.evaluate(() => window.noted);
  const busiest_ms = longestOfPage(JSON.parse(await browser.stopTracing()).traceEvents);
  await context.close();
  const during = tasks.filter(({ startTime }) => startTime >= started).map(({ duration }) => duration);
  const longest_ms = Math.max(0, ...during);
  return { hits_seen: seen, shift, moved, long_tasks: during.length, longest_ms, busiest_ms };
}

/** Milliseconds of processor time of the longest task of the thread that runs the page's scripts. */
function longestOfPage(events) {
  const mains = events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const times = mains.map(({ pid, tid }) =>
    events
      .filter((one) => one.pid === pid && one.tid === tid && one.name.endsWith("RunTask"))
      .map(({ tdur = 0 }) => tdur / 1000),
  );
  return Math.max(0, ...times.flat());
}
