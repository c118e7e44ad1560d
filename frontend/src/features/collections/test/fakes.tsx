import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { configure, render } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { createMemoryRouter, RouterProvider } from "react-router";
import { vi } from "vitest";
import type { Schemas } from "@/lib/api";
import type { Job } from "@/lib/jobs";
import { server } from "../../../../test/server";
import { CollectionPage } from "../CollectionPage";
import { CollectionsPage } from "../CollectionsPage";

// a machine that does other work beside the tests may be slow to draw a page
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 30_000 });

/** An event stream that a test speaks for. */
export class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static opened: FakeEventSource[] = [];
  readyState = 1;

  constructor(readonly url: string) {
    super();
    FakeEventSource.opened.push(this);
  }

  close(): void {
    this.readyState = FakeEventSource.CLOSED;
  }

  tell(name: "progress" | "end", job: Job): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(job) }));
  }

  /** The connection breaks: the browser tries again by itself, unless the server refused. */
  fail(readyState: 0 | 2): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event("error"));
  }
}

export const EXTRACTOR: Schemas["CollectionExtractor"] = {
  name: "hist-basic",
  version: 1,
  dims: 405,
  non_negative: true,
  parameters: {},
  weights: "",
  complete: true,
  missing: 0,
  default_metric: "chi2",
  usable: true,
  problem: "",
  remedy: "",
};

export const COLLECTION: Schemas["Collection"] = {
  name: "holiday",
  images: 12,
  extractors: [EXTRACTOR],
  default_extractor: "hist-basic",
  default_metric: "chi2",
  problem: "",
  remedy: "",
  engine: "embedded",
  folders: [
    { name: "beach", files: 10 },
    { name: "uploads", files: 2 },
  ],
  labels: 0,
  notes: [],
};

export const JOB: Job = {
  id: "j1",
  kind: "index",
  collection: "holiday",
  state: "running",
  task: "Indexing",
  done: 0,
  total: 100,
  rate: null,
  eta_s: null,
  message: "",
  remedy: "",
  failed: 0,
  result: null,
  created_at: "2026-01-01T10:00:00Z",
  started_at: "2026-01-01T10:00:01Z",
  ended_at: null,
  cancel_requested: false,
  resumable: false,
};

export const ENTRY: Schemas["Entry"] = {
  id: "20260101T100000000000-0123abcd",
  collection: "holiday",
  thrown_at: "2026-01-01T10:00:00Z",
  files: 2,
  size: 2_000_000,
};

/** A problem document, as the server writes it. */
export function problem(status: number, detail: string, remedy = "") {
  const body = { type: "urn:cbir:problem:x", title: "Problem", status, detail, remedy, request_id: "1" };
  return HttpResponse.json(body, { status });
}

/** A server with one collection and what a test puts into it. */
export interface World {
  session: Schemas["Session"];
  collections: Schemas["Collection"][];
  jobs: Job[];
  trash: Schemas["Entry"][];
  extractors: Schemas["Extractor"][];
}

export function serve(changes: Partial<World> = {}): World {
  const world: World = {
    session: { role: "write", key: null, expires_at: null, open: true },
    collections: [COLLECTION],
    jobs: [],
    trash: [],
    extractors: [],
    ...changes,
  };
  const page = (total: number) => ({ total, offset: 0, limit: 100 });
  server.use(
    http.get("*/api/v1/session", () => HttpResponse.json(world.session)),
    http.get("*/api/v1/collections", () =>
      HttpResponse.json({
        ...page(world.collections.length),
        engine: "embedded",
        collections: world.collections,
      }),
    ),
    http.get("*/api/v1/collections/:name", ({ params }) => {
      const found = world.collections.find(({ name }) => name === params.name);
      return found ? HttpResponse.json(found) : problem(404, "No such collection.");
    }),
    http.get("*/api/v1/jobs", () => HttpResponse.json({ ...page(world.jobs.length), jobs: world.jobs })),
    http.get("*/api/v1/trash", () =>
      HttpResponse.json({ ...page(world.trash.length), entries: world.trash }),
    ),
    http.get("*/api/v1/extractors", () =>
      HttpResponse.json({ extractors: world.extractors, patterns: [], default: ["hist-basic"] }),
    ),
  );
  return world;
}

/** The two pages under a router, as the application has them. */
export function open(path: string) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createMemoryRouter(
    [
      { path: "/collections", element: <CollectionsPage /> },
      { path: "/collections/:name", element: <CollectionPage /> },
    ],
    { initialEntries: [path] },
  );
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return router;
}
