import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { App } from "./test";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** WCAG 2.2, A and AA, and best practices. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds on the page as it is now, a line each. Colours that are on their way to others are waited for. */
export async function violations(app: App): Promise<string[]> {
  await app.page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((one) => one.effect?.getComputedTiming().iterations !== Infinity)
        .map(({ finished }) => finished),
    ),
  );
  if (!(await app.page.evaluate(() => "axe" in window))) await app.page.evaluate(AXE);
  const { violations: found } = await app.page.evaluate<AxeResults, string[]>((rules) => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    return axe.run({ runOnly: rules, resultTypes: ["violations"] });
  }, RULES);
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} — ${failureSummary ?? ""}`),
  );
}
