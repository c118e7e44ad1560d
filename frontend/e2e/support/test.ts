import createClient, { type Client } from "openapi-fetch";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, Locator, Page, Response } from "playwright-core";
import { test as base, expect, inject } from "vitest";
import type { paths } from "@/types/api";
import { launch } from "./browser";
import { FAILURES } from "./paths";

export { expect, inject, describe, beforeAll, afterAll } from "vitest";

export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly colours?: "light" | "dark";
  readonly touch?: boolean;
}

type Place = { readonly url: string; readonly logFile: string };

/** A browser window's pages, and everything that went wrong in them. */
export class App {
  readonly context: BrowserContext;
  page!: Page;
  /** What the browser complained of, and no test has said it would. */
  readonly complaints: string[] = [];
  /** Requests to the API, as `METHOD /path`, in order. */
  readonly asked: string[] = [];
  private expected: RegExp[] = [];

  private constructor(
    context: BrowserContext,
    readonly server: Place,
  ) {
    this.context = context;
  }

  static async open(browser: Browser, server: Place, address: string, view: View = {}): Promise<App> {
    const { width = 1280, height = 900, colours = "light", touch = false } = view;
    const context = await browser.newContext({
      baseURL: server.url,
      viewport: { width, height },
      colorScheme: colours,
      hasTouch: touch,
      reducedMotion: "reduce",
      acceptDownloads: true,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    context.setDefaultTimeout(20_000);
    const app = new App(context, server);
    app.page = await app.newPage();
    await app.page.goto(address);
    return app;
  }

  async newPage(): Promise<Page> {
    const page = await this.context.newPage();
    page.on("pageerror", (error) => {
      this.complain(`error in the page: ${error.stack ?? error.message}`);
    });
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.complain(`console: ${message.text()} (${message.location().url})`);
      }
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (/^https?:|^wss?:/.test(url.protocol) && url.origin !== this.server.url) {
        this.complaints.push(`request to another host: ${request.url()}`);
      }
      if (url.pathname.startsWith("/api/")) this.asked.push(`${request.method()} ${url.pathname}`);
    });
    page.on("crash", () => {
      this.complaints.push("the page crashed");
    });
    return page;
  }

  private complain(what: string): void {
    if (!this.expected.some((pattern) => pattern.test(what))) this.complaints.push(what);
  }

  /** From now on the browser may say this: it reports every refused request, also where the page deals with it. */
  expects(...patterns: RegExp[]): void {
    this.expected = [...this.expected, ...patterns];
  }

  /** How often the API was asked so. */
  times(asked: string): number {
    return this.asked.filter((one) => one === asked).length;
  }

  button(name: string | RegExp, within: Page | Locator = this.page): Locator {
    return within.getByRole("button", typeof name === "string" ? { name, exact: true } : { name });
  }

  /** What a POST of this path answers that the page makes because of this; the first answer that is wanted. */
  async next<T>(path: string, wanted: (answer: T) => boolean, act: () => Promise<unknown>): Promise<T> {
    const isIt = async (one: Response) =>
      new URL(one.url()).pathname === path &&
      one.request().method() === "POST" &&
      wanted((await one.json()) as T);
    const [response] = await Promise.all([this.page.waitForResponse(isIt), act()]);
    return (await response.json()) as T;
  }

  async keepEvidence(name: string): Promise<void> {
    const folder = join(FAILURES, name.replaceAll(/[^A-Za-z0-9]+/g, "-").slice(0, 100));
    await mkdir(folder, { recursive: true });
    const pages = this.context.pages();
    await Promise.all(
      pages.map(async (page, number) => {
        await page.screenshot({ path: join(folder, `page-${number}.png`) }).catch(() => undefined);
        const html = await page.content().catch(() => "");
        await writeFile(join(folder, `page-${number}.html`), html);
      }),
    );
    const said = [...pages.map((page) => page.url()), ...this.complaints, ...this.asked];
    await writeFile(join(folder, "browser.txt"), said.join("\n"));
    await copyFile(this.server.logFile, join(folder, "server.log")).catch(() => undefined);
    console.error(`Kept what was seen of "${name}" in ${folder}`);
  }
}

interface Fixtures {
  browser: Browser;
  /** Opens an address of the shared server, or of another one. */
  open: (address: string, view?: View, server?: Place) => Promise<App>;
}

/** A test in the browser. It fails too where a page had an error, or called any other host. */
export const test = base.extend<Fixtures>({
  browser: [
    // eslint-disable-next-line no-empty-pattern -- vitest reads from the pattern which fixtures are needed
    async ({}, provide) => {
      const browser = await launch();
      await provide(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
  open: async ({ browser, task }, provide) => {
    const apps: App[] = [];
    await provide(async (address, view, server = inject("shared")) => {
      const app = await App.open(browser, server, address, view);
      apps.push(app);
      return app;
    });
    const complaints = apps.flatMap((app) => app.complaints);
    for (const app of apps) {
      if (task.result?.state === "fail" || complaints.length > 0) await app.keepEvidence(task.name);
      await app.context.close();
    }
    expect(complaints, "errors of the page, and requests to other hosts").toEqual([]);
  },
});

/** The API of a server, to learn from it what the pages should show. */
export function apiOf(url: string = inject("shared").url): Client<paths> {
  return createClient<paths>({ baseUrl: url });
}

/** The data of an answer that has to be a success. */
export async function data<T>(request: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data: found, error } = await request;
  if (found === undefined) throw new Error(JSON.stringify(error));
  return found;
}

/** Waits until it is in sight. */
export async function seen(locator: Locator, timeout?: number): Promise<void> {
  await locator.first().waitFor({ state: "visible", ...(timeout === undefined ? {} : { timeout }) });
}

export async function gone(locator: Locator): Promise<void> {
  await locator.first().waitFor({ state: "hidden" });
}

/** Where an element is, once it no longer moves. */
export async function placeOf(
  locator: Locator,
): Promise<{ x: number; y: number; width: number; height: number }> {
  await seen(locator);
  const handle = await locator.elementHandle();
  await handle?.waitForElementState("stable");
  const box = await handle?.boundingBox();
  if (!box) throw new Error("It has no place on the page.");
  return box;
}
