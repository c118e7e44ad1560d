import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatMean } from "@/features/evaluation/format";
import { strings } from "@/features/evaluation/strings";
import { reportOf } from "./support/demo";
import { describe, expect, inject, seen, test } from "./support/test";

interface Written {
  readonly results: readonly { readonly metric: string; readonly means: Readonly<Record<string, number>> }[];
}

describe("an evaluation", () => {
  test("is listed, and its table holds the means that the command line wrote", async ({ open }) => {
    const name = reportOf(inject("demo"));
    const file = join(inject("demo").dataDir, "evaluations", name, "report.json");
    const written = JSON.parse(readFileSync(file, "utf8")) as Written;
    const app = await open("/evaluations");
    await seen(app.page.getByRole("heading", { name: strings.heading }));
    await app.page.locator(`a[href="/evaluations/${name}"]`).first().click();
    const table = app.page.getByRole("table", { name: strings.table.title });
    await seen(table);
    for (const { metric, means } of written.results) {
      const row = table.getByRole("row").filter({ has: app.page.getByRole("rowheader", { name: metric }) });
      expect(await row.textContent()).toContain(formatMean(means["AP@100"] ?? NaN));
    }
    await app.page.getByLabel(strings.measure, { exact: true }).selectOption("P@1");
    const [first] = written.results;
    await expect.poll(() => table.textContent()).toContain(formatMean(first?.means["P@1"] ?? NaN));
  });

  test("lists its queries, the worst first, each with its ranking", async ({ open }) => {
    const app = await open(`/evaluations/${reportOf(inject("demo"))}?view=queries`);
    const pictures = app.page.locator("main img");
    await seen(pictures);
    await expect
      .poll(() => pictures.first().evaluate((one) => (one as HTMLImageElement).naturalWidth))
      .toBeGreaterThan(0);
  });
});
