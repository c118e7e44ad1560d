import chromium from "@sparticuz/chromium";
import { chromium as playwright } from "playwright-core";

/** What keeps all of the browser in one process is for places with little memory; people's browsers have several. */
const CRAMPED = ["--single-process", "--no-zygote"];

/** The real Chromium that the registry's package carries, without a window. */
export async function launch() {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args.filter((one) => !CRAMPED.includes(one)),
    headless: true,
  });
}
