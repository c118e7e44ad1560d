import chromium from "@sparticuz/chromium";
import { chromium as playwright, type Browser } from "playwright-core";

/** No name but loopback's is looked up, so that nothing can leave this machine. */
const LOOPBACK_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";

/** The Chromium that a package carries, where it has one for this machine; else the Chrome that is installed. */
export async function launch(): Promise<Browser> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return playwright.launch({ channel: "chrome", args: [LOOPBACK_ONLY] });
  }
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ["--no-sandbox", LOOPBACK_ONLY],
  });
}
