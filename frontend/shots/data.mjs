import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, cp, mkdir, open, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const LONG =
  "An_evening_at_the_harbour_with_everybody_who_was_there_and_a_good_many_who_were_not_(final_version_2)";
const START_MS = 60_000;

/** A data folder with the demo gallery, and collections in which something is empty, long or broken. */
export async function prepare({ cbir, data, gallery, home }) {
  const settings = { CBIR_DATA_DIR: join(home, "data"), CBIR_CACHE_DIR: join(home, "cache") };
  await cp(data, settings.CBIR_DATA_DIR, {
    recursive: true,
    filter: (path) => !/\/(run|jobs\.sqlite[^/]*)$/.test(path),
  });
  const images = join(gallery, "images");
  const folders = { long: join(home, "long names"), broken: join(home, "broken") };
  await mkdir(folders.long);
  await mkdir(folders.broken);
  const names = (await readdir(images)).sort();
  for (const [place, name] of names.slice(0, 8).entries()) {
    const [file] = (await readdir(join(images, name))).filter((one) => one.startsWith("original"));
    if (!file) continue;
    const ending = file.slice(file.lastIndexOf("."));
    await copyFile(join(images, name, file), join(folders.long, `${place} ${LONG}${ending}`));
    await copyFile(join(images, name, file), join(folders.broken, `${name}${ending}`));
  }
  const labels = Array.from(
    { length: 8 },
    (_, place) => `a label that goes on and on until nobody reads it ${place}`,
  );
  const rows = (await readdir(folders.long)).map(
    (file, place) => `"${file}","${labels[place]};${labels[0]}"`,
  );
  await writeFile(join(folders.long, "labels.csv"), `path,labels\n${rows.join("\n")}\n`);
  await writeFile(join(folders.broken, "no picture at all.jpg"), "These are words.");
  const whole = await readFile(join(images, "coffee", "cropped.jpg"));
  await writeFile(join(folders.broken, `cut off ${LONG}.jpg`), whole.subarray(0, 900));
  const environment = { ...process.env, ...settings };
  await run(cbir, ["index", folders.long, "--collection", "long-names", "--extractors", "hist-basic"], {
    env: environment,
  });
  const quick = ["--extractors", "hist-basic", "--metrics", "chi2,cosine,intersection"];
  await run(cbir, ["evaluate", gallery, ...quick], { env: environment });
  const [report] = await readdir(join(settings.CBIR_DATA_DIR, "evaluations"));
  return { environment, folders, report };
}

/** `cbir serve` on a port of its own; `stop` ends it. */
export async function serve({ cbir, environment, roots, log }) {
  const port = await freePort();
  const said = await open(log, "w");
  const server = spawn(cbir, ["serve", ...roots, "--port", String(port)], {
    env: { ...environment, CBIR_SERVER_RATE: "100000000" },
    stdio: ["ignore", said.fd, said.fd],
  });
  const address = `http://127.0.0.1:${port}`;
  const end = Date.now() + START_MS;
  for (;;) {
    const up = await fetch(`${address}/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (up) break;
    if (server.exitCode !== null || Date.now() > end) throw new Error(`cbir serve does not answer: ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const stop = () =>
    new Promise((resolve) => {
      server.once("exit", () => resolve(said.close()));
      server.kill("SIGTERM");
    });
  return { address, stop };
}

/** One search after another, so that what a fresh server loads at its first ones is there. */
export async function warm(address, image) {
  for (const extractor of ["hist-basic", "cnn-hist", "cnn-conv"]) {
    const body = JSON.stringify({ collection: "demo", image_id: image, extractor });
    const headers = { "content-type": "application/json" };
    for (let turn = 0; turn < 4; turn += 1)
      await fetch(`${address}/api/v1/search`, { method: "POST", headers, body });
  }
}

/** A request with a body; what was answered. */
async function send(address, path, body = {}) {
  const answer = await fetch(`${address}/api/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Collections whose states only a running server can have: empty, with failures, at work. */
export async function furnish(address, folders) {
  await send(address, "/collections", { name: "empty", extractors: ["hist-basic"] });
  await send(address, "/collections", {
    name: "running",
    extractors: ["hist-basic", "cnn-conv", "cnn-hist"],
  });
  await send(address, "/collections", { name: "failures", extractors: ["hist-basic"] });
  const { id } = await send(address, "/collections/failures/folders", { path: folders.broken });
  for (let state = ""; !["done", "failed"].includes(state);) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    ({ state } = await (await fetch(`${address}/api/v1/jobs/${id}`)).json());
  }
}

/** A job that takes its time, until it is stopped. */
export async function work(address, gallery) {
  const { id } = await send(address, "/collections/running/folders", { path: gallery });
  return () => send(address, `/jobs/${id}/cancel`);
}

/** The ids of the gallery's pictures, by folder and name without its ending. */
export async function idsOf(gallery) {
  const images = join(gallery, "images");
  const ids = {};
  for (const folder of await readdir(images)) {
    for (const file of await readdir(join(images, folder))) {
      const bytes = await readFile(join(images, folder, file));
      ids[`${folder}/${file.slice(0, file.lastIndexOf("."))}`] = createHash("sha256")
        .update(bytes)
        .digest("hex");
    }
  }
  return ids;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
