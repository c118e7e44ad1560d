import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, configure, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { createMemoryRouter, RouterProvider } from "react-router";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Job } from "@/lib/jobs";
import { server } from "../../../test/server";
import { StartPage } from "./StartPage";

configure({ asyncUtilTimeout: 5000 });
vi.setConfig({ testTimeout: 20_000 });

const JOB: Job = {
  id: "j1",
  kind: "index",
  collection: "pictures",
  state: "running",
  task: "Describing",
  done: 0,
  total: 200,
  rate: null,
  eta_s: null,
  message: "",
  remedy: "",
  failed: 0,
  result: null,
  created_at: "2030-01-01T00:00:00Z",
  started_at: null,
  ended_at: null,
  cancel_requested: false,
  resumable: false,
};

/** The browser's event stream, fed by the test. */
class Stream extends EventTarget {
  static last: Stream | undefined;
  readonly readyState = 1;
  constructor() {
    super();
    Stream.last = this;
  }
  close = vi.fn();
  tell(event: "progress" | "end", job: Job) {
    act(() => {
      this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(job) }));
    });
  }
}

const folder = (path: string, images: number) => ({
  path,
  name: path.split("/").at(-1),
  images,
  images_at_least: false,
});

function serve(role: "read" | "write" = "write") {
  const asked: unknown[] = [];
  server.use(
    http.get("/api/v1/session", () => HttpResponse.json({ role, key: null, expires_at: null, open: true })),
    http.get("/api/v1/folders", ({ request }) => {
      const path = new URL(request.url).searchParams.get("path") ?? "";
      const folders =
        path === "" ? [folder("photos", 200)] : [folder("photos/2026", 40), folder("photos/empty", 0)];
      return HttpResponse.json({ total: folders.length, offset: 0, limit: 1000, path, folders, unlisted: 0 });
    }),
    http.post("/api/v1/collections", async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({}, { status: 201 });
    }),
    http.post("/api/v1/collections/:name/folders", async ({ request, params }) => {
      asked.push([params.name, await request.json()]);
      return HttpResponse.json(JOB, { status: 202 });
    }),
  );
  return asked;
}

function show(address = "/start") {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createMemoryRouter([{ path: "/start", element: <StartPage /> }], {
    initialEntries: [address],
  });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

beforeEach(() => {
  vi.stubGlobal("EventSource", Stream);
  return () => vi.unstubAllGlobals();
});

describe("the first folder", () => {
  it("is found by walking through folders, and indexed into a new collection", async () => {
    const asked = serve();
    show();
    await userEvent.click(await screen.findByRole("button", { name: /^photos/ }));
    expect(await screen.findByRole("button", { name: "Index empty" })).toBeDisabled();
    await userEvent.click(screen.getByRole("button", { name: "Index 2026" }));
    expect(await screen.findByRole("heading", { name: "Making pictures searchable" })).toBeInTheDocument();
    expect(asked).toEqual([
      { name: "pictures", extractors: null },
      ["pictures", { path: "photos/2026", remove_missing: false, replace_changed: false }],
    ]);
  });

  it("shows how far it has come, and leads to the search", async () => {
    serve();
    show();
    await userEvent.click(await screen.findByRole("button", { name: "Index photos" }));
    await screen.findByRole("progressbar");
    Stream.last?.tell("progress", { ...JOB, done: 50, rate: 25, eta_s: 6 });
    expect(screen.getByText("Describing · 50 of 200 · 25 a second · about 6 s left")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Search in what is there already" })).toBeInTheDocument();
    Stream.last?.tell("end", { ...JOB, state: "done", done: 200, failed: 3 });
    expect(screen.getByRole("link", { name: "Search in it" })).toHaveAttribute(
      "href",
      "/?collection=pictures",
    );
    expect(screen.getByText(/^3 files could not be read/)).toBeInTheDocument();
  });

  it("says why indexing ended early, and lets another folder be chosen", async () => {
    serve();
    show();
    await userEvent.click(await screen.findByRole("button", { name: "Index photos" }));
    await screen.findByRole("progressbar");
    Stream.last?.tell("end", { ...JOB, state: "failed", message: "The disk is full.", remedy: "Make room." });
    expect(screen.getByRole("alert")).toHaveTextContent("The disk is full. Make room.");
    await userEvent.click(screen.getByRole("button", { name: "Choose another folder" }));
    expect(await screen.findByRole("button", { name: "Index photos" })).toBeInTheDocument();
  });

  it("goes into a collection that is there already", async () => {
    const asked = serve();
    server.use(
      http.post("/api/v1/collections", () => HttpResponse.json({ detail: "there" }, { status: 409 })),
    );
    show("/start?collection=mine");
    await userEvent.click(await screen.findByRole("button", { name: "Index photos" }));
    await waitFor(() => {
      expect(asked).toHaveLength(1);
    });
    expect(asked[0]).toEqual(["mine", expect.objectContaining({ path: "photos" })]);
  });
});

it("says to a reader who may not write whom to ask, and how to see the demo", async () => {
  serve("read");
  show();
  expect(await screen.findByText(/^With your key you may search/)).toBeInTheDocument();
  expect(screen.getByText("make demo")).toBeInTheDocument();
  expect(screen.queryByRole("textbox")).toBeNull();
});
