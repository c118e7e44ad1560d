import chromium from "@sparticuz/chromium";
import { chromium as playwright } from "playwright-core";

/** The Chromium that a package carries, where it has one for this machine; else the Chrome that is installed. */
export async function launch() {
  if (process.platform !== "linux" || process.arch !== "x64") return playwright.launch({ channel: "chrome" });
  return playwright.launch({ executablePath: await chromium.executablePath(), args: ["--no-sandbox"] });
}
