import { fileURLToPath } from "node:url";
import { join } from "node:path";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const CBIR = join(ROOT, ".venv/bin/cbir");
export const PYTHON = join(ROOT, ".venv/bin/python");
/** What is made once and kept between runs. */
export const KEPT = join(ROOT, ".cache/e2e");
/** A folder for each test that failed: a picture of the page, what the browser said, the server's log. */
export const FAILURES = join(KEPT, "failures");
/** The photographs that are searched in. */
export const GALLERY = join(KEPT, "gallery");
