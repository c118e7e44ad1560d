import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { access, cp, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CBIR, GALLERY, KEPT, PYTHON, ROOT } from "./paths";
import { environmentIn } from "./server";

export const DEMO = "demo";

/** Counted up with every change of what is prepared here. */
const PREPARED = "2";

/** The demo gallery, indexed and evaluated. */
export interface Demo {
  /** A data folder to copy. */
  readonly dataDir: string;
  /** Where weights were found; every server is told. */
  readonly weightsDir: string;
  /** Whether there are weights of neural extractors, so that the gallery is described by them too. */
  readonly neural: boolean;
}

interface Recipe {
  readonly weights_dir: string;
  readonly extractors: readonly string[];
}

/** All that changes what is indexed: the gallery, the extractors with weights, the store. */
const RECIPE = `
import json, os
from cbir.collection import DEFAULT_EXTRACTORS, EXTRACTORS, Library
from cbir.demo.gallery import RECIPE
from cbir.engines.embedded.schema import VERSION
from cbir.errors import CbirError
from cbir.settings import read_settings

settings = read_settings(environment=os.environ)
weights = Library(settings).weights
identities = {}
for name in DEFAULT_EXTRACTORS:
    extractor = EXTRACTORS.get(name)
    if not extractor.weights or weights.available(extractor.weights):
        identities[name] = extractor.identity(weights).to_json()
print(json.dumps({"weights_dir": str(settings.weights_dir), "extractors": list(identities),
                  "gallery": RECIPE, "store": VERSION, "identities": identities}))
`;

const run = promisify(execFile);

/** Index the demo gallery, or find what an earlier run has kept. Takes about a minute the first time. */
export async function prepareDemo(): Promise<Demo> {
  await mkdir(KEPT, { recursive: true });
  const { stdout } = await run(PYTHON, ["-c", RECIPE], { cwd: ROOT });
  const recipe = JSON.parse(stdout) as Recipe;
  const key = createHash("sha256").update(stdout).update(GALLERY).update(PREPARED).digest("hex").slice(0, 16);
  const kept = join(KEPT, `demo-${key}`);
  if (!(await exists(kept))) {
    console.error("Indexing the demo gallery for the browser tests (once; about a minute)");
    await index(kept, recipe);
  }
  return {
    dataDir: kept,
    weightsDir: recipe.weights_dir,
    neural: recipe.extractors.some((name) => name !== "hist-basic"),
  };
}

/** Into a folder beside, which is given its name when it is complete. */
async function index(kept: string, { weights_dir: weights, extractors }: Recipe): Promise<void> {
  const home = await mkdtemp(join(KEPT, "partial-"));
  try {
    await run(PYTHON, ["-m", "cbir.demo", GALLERY], { cwd: ROOT });
    const env = environmentIn(home, { CBIR_WEIGHTS_DIR: weights });
    await run(CBIR, ["index", GALLERY, "--collection", DEMO, "--extractors", extractors.join(",")], { env });
    await run(CBIR, ["evaluate", GALLERY, "--extractors", "hist-basic", "--metrics", "chi2,euclidean"], {
      env,
    });
    await rename(join(home, "data"), kept);
  } catch (error) {
    if (!(await exists(kept))) throw error; // else another run was faster
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** The name of the report on the gallery. */
export function reportOf(demo: Demo): string {
  const [name] = readdirSync(join(demo.dataDir, "evaluations"));
  if (name === undefined) throw new Error("The demo gallery was not evaluated.");
  return name;
}

/** Fills a server's data folder with the indexed gallery. */
export async function copyDemo(demo: Demo, dataDir: string): Promise<void> {
  await cp(demo.dataDir, dataDir, { recursive: true });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
