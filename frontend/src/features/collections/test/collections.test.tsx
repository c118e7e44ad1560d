import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test, vi } from "vitest";
import type { Schemas } from "@/lib/api";
import { server } from "../../../../test/server";
import { COLLECTION, ENTRY, EXTRACTOR, FakeEventSource, JOB, open, problem, serve } from "./fakes";

beforeEach(() => {
  FakeEventSource.opened = [];
  vi.stubGlobal("EventSource", FakeEventSource);
});

const HIST: Schemas["Extractor"] = {
  name: "hist-basic",
  summary: "Colours and where they are.",
  dims: 405,
  non_negative: true,
  default_metric: "chi2",
  weights: null,
  usable: true,
  metrics: [],
};
const BASIC: Schemas["Extractor"] = {
  ...HIST,
  name: "cnn-basic",
  summary: "What the image shows.",
  dims: 4096,
  weights: {
    name: "vgg16-dense",
    available: false,
    remedy: "`cbir weights fetch vgg16-dense` on the server.",
  },
  usable: false,
};

test("a list of collections says of each how many images it has, what is missing, and what is wrong", async () => {
  serve({
    collections: [
      COLLECTION,
      { ...COLLECTION, name: "half", extractors: [{ ...EXTRACTOR, complete: false, missing: 5 }] },
      {
        ...COLLECTION,
        name: "broken",
        images: null,
        problem: "Its records are damaged.",
        remedy: "Delete it.",
      },
    ],
  });
  open("/collections");
  expect(await screen.findByRole("link", { name: /holiday/ })).toHaveTextContent("Ready12 images");
  expect(screen.getByRole("link", { name: /half/ })).toHaveTextContent("5 descriptors missing");
  const broken = screen.getByRole("link", { name: /broken/ });
  expect(broken).toHaveTextContent("Cannot be opened");
  expect(broken).toHaveTextContent("Its records are damaged. Delete it.");
});

test("without collections the page leads to the first one", async () => {
  serve({ collections: [] });
  open("/collections");
  expect(await screen.findByText("No collections yet")).toBeVisible();
  const [, inside] = screen.getAllByRole("button", { name: "New collection" });
  if (!inside) throw new Error("no button in the empty page");
  await userEvent.click(inside);
  expect(await screen.findByRole("dialog", { name: "New collection" })).toBeVisible();
});

test("an extractor without weights says how to get them, and a refusal keeps what was filled in", async () => {
  serve({ extractors: [HIST, BASIC] });
  const bodies: unknown[] = [];
  server.use(
    http.post("*/api/v1/collections", async ({ request }) => {
      const body = await request.json();
      bodies.push(body);
      const { name, extractors } = body as { name: string; extractors: string[] | null };
      if (extractors?.includes("cnn-basic")) return problem(503, "The weights are missing.", "Import them.");
      return HttpResponse.json({ ...COLLECTION, name }, { status: 201 });
    }),
  );
  const router = open("/collections");
  await userEvent.click(await screen.findByRole("button", { name: "New collection" }));
  const dialog = await screen.findByRole("dialog");
  const missing = await within(dialog).findByRole("checkbox", { name: "cnn-basic" });
  expect(missing).not.toBeChecked();
  expect(within(dialog).getByRole("checkbox", { name: "hist-basic" })).toBeChecked();
  expect(within(dialog).getByText("cbir weights fetch vgg16-dense")).toBeVisible();

  await userEvent.type(within(dialog).getByRole("textbox", { name: "Name" }), "birds");
  await userEvent.click(missing);
  await userEvent.click(within(dialog).getByRole("button", { name: "Create" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("The weights are missing.Import them.");
  expect(within(dialog).getByRole("textbox", { name: "Name" })).toHaveValue("birds");

  await userEvent.click(missing);
  await userEvent.click(within(dialog).getByRole("button", { name: "Create" }));
  await vi.waitFor(() => {
    expect(router.state.location.pathname).toBe("/collections/birds");
  });
  expect(bodies).toEqual([
    { name: "birds", extractors: ["hist-basic", "cnn-basic"] },
    { name: "birds", extractors: ["hist-basic"] },
  ]);
});

test("a deletion says what happens, and is undone with the same extractors and the copies from the trash", async () => {
  const world = serve();
  const done: string[] = [];
  server.use(
    http.delete("*/api/v1/collections/holiday", () => {
      world.collections = [];
      world.trash = [ENTRY];
      return HttpResponse.json({ name: "holiday", images: 12, trash: ENTRY, remedy: "" });
    }),
    http.post("*/api/v1/collections", async ({ request }) => {
      done.push(JSON.stringify(await request.json()));
      world.collections = [{ ...COLLECTION, images: 0, folders: [] }];
      return HttpResponse.json(world.collections[0], { status: 201 });
    }),
    http.post(`*/api/v1/trash/${ENTRY.id}/restore`, () => {
      done.push("restore");
      return HttpResponse.json({ collection: "holiday", files: 2, job: JOB }, { status: 202 });
    }),
  );
  const router = open("/collections/holiday");
  await userEvent.click(await screen.findByRole("button", { name: "More actions" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Delete collection" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete holiday?" });
  expect(dialog).toHaveTextContent("12 images");
  expect(dialog).toHaveTextContent("Your own files stay untouched");
  expect(dialog).toHaveTextContent("go to the trash");
  await userEvent.click(within(dialog).getByRole("button", { name: "Delete" }));

  expect(await screen.findByText("holiday was deleted.")).toBeVisible();
  expect(screen.getByText(/Add these folders again: beach\./)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  await vi.waitFor(() => {
    expect(router.state.location.pathname).toBe("/collections/holiday");
  });
  expect(done).toEqual([JSON.stringify({ name: "holiday", extractors: ["hist-basic"] }), "restore"]);
});

test("a deletion that is refused says why in the dialog, and the collection stays in view", async () => {
  serve();
  server.use(
    http.delete("*/api/v1/collections/holiday", () =>
      problem(409, "A job (index) is working on 'holiday'.", "Cancel it."),
    ),
  );
  open("/collections/holiday");
  await userEvent.click(await screen.findByRole("button", { name: "More actions" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Delete collection" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete holiday?" });
  await userEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("A job (index) is working");
});

test("a collection that was deleted meanwhile says so and leads on", async () => {
  serve({ collections: [] });
  open("/collections/holiday");
  expect(await screen.findByText("This collection is not there any more")).toBeVisible();
  expect(screen.getByRole("link", { name: "Trash" })).toHaveAttribute("href", "/collections?view=trash");
});

test("when the server goes away what was shown stays, with a notice that leads back", async () => {
  const world = serve({ extractors: [HIST] });
  open("/collections/holiday");
  await screen.findByText("12 images");
  let away = true;
  server.use(
    http.get("*/api/v1/collections/holiday", () =>
      away ? HttpResponse.error() : HttpResponse.json({ ...world.collections[0], images: 13 }),
    ),
    http.post("*/api/v1/collections/holiday/compact", () => HttpResponse.json(JOB, { status: 202 })),
  );
  world.jobs = [{ ...JOB, state: "running" }];
  await userEvent.click(screen.getByRole("button", { name: "More actions" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: /^Compact/ }));
  await vi.waitFor(
    () => {
      expect(FakeEventSource.opened).toHaveLength(1);
    },
    { timeout: 10_000 },
  );
  world.jobs = [{ ...JOB, state: "done" }];
  act(() => {
    FakeEventSource.opened[0]?.tell("end", { ...JOB, state: "done" });
  });
  expect(await screen.findByRole("alert")).toHaveTextContent("The server does not answer.");
  expect(screen.getByText("12 images")).toBeVisible();

  away = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("13 images")).toBeVisible();
});

test("copies of a collection that is gone are restored into one that is made anew", async () => {
  const world = serve({ collections: [], trash: [ENTRY] });
  const made = vi.fn();
  server.use(
    http.post("*/api/v1/collections", async ({ request }) => {
      made(await request.json());
      world.collections = [COLLECTION];
      return HttpResponse.json(COLLECTION, { status: 201 });
    }),
    http.post(`*/api/v1/trash/${ENTRY.id}/restore`, () => {
      world.trash = [];
      return HttpResponse.json({ collection: "holiday", files: 2, job: JOB }, { status: 202 });
    }),
  );
  open("/collections?view=trash");
  await userEvent.click(await screen.findByRole("button", { name: "Make holiday anew and restore" }));
  expect(await screen.findByText(/2 files go back into holiday/)).toBeVisible();
  expect(made).toHaveBeenCalledWith({ name: "holiday", extractors: null });
});

test("a folder of the server is found step by step and indexed as the server names it", async () => {
  serve();
  const indexed = vi.fn();
  server.use(
    http.get("*/api/v1/folders", ({ request }) => {
      const path = new URL(request.url).searchParams.get("path") ?? "";
      const below = path === "" ? "photos" : `${path}/2024`;
      const folder = { path: below, name: below.split("/").at(-1), images: 3, images_at_least: true };
      return HttpResponse.json({ total: 1, offset: 0, limit: 100, path, folders: [folder], unlisted: 0 });
    }),
    http.post("*/api/v1/collections/holiday/folders", async ({ request }) => {
      indexed(await request.json());
      return HttpResponse.json(JOB, { status: 202 });
    }),
  );
  open("/collections/holiday");
  await userEvent.click(await screen.findByRole("button", { name: "Add a folder of the server" }));
  await userEvent.click(await screen.findByRole("button", { name: "photos at least 3 images" }));
  await userEvent.click(await screen.findByRole("button", { name: "2024 at least 3 images" }));
  expect(screen.getByRole("textbox", { name: "Folder to add" })).toHaveValue("photos/2024");
  await userEvent.click(within(screen.getByRole("navigation")).getByRole("button", { name: "photos" }));
  await userEvent.click(screen.getByRole("button", { name: "Add this folder" }));
  await vi.waitFor(() => {
    expect(indexed).toHaveBeenCalledWith({ path: "photos", remove_missing: false, replace_changed: false });
  });
});

test("an extractor is added by a job and dropped after a question", async () => {
  const world = serve({
    extractors: [HIST, { ...HIST, name: "cnn-conv" }],
    collections: [{ ...COLLECTION, extractors: [EXTRACTOR, { ...EXTRACTOR, name: "old" }] }],
  });
  const added = vi.fn();
  server.use(
    http.post("*/api/v1/collections/holiday/extractors", async ({ request }) => {
      added(await request.json());
      return HttpResponse.json(JOB, { status: 202 });
    }),
    http.delete("*/api/v1/collections/holiday/extractors/old", () => {
      world.collections = [COLLECTION];
      return HttpResponse.json(COLLECTION);
    }),
  );
  open("/collections/holiday");
  await userEvent.click(await screen.findByRole("button", { name: "Add an extractor" }));
  await userEvent.click(await screen.findByRole("checkbox", { name: "cnn-conv" }));
  await userEvent.click(screen.getByRole("button", { name: "Add" }));
  await vi.waitFor(() => {
    expect(added).toHaveBeenCalledWith({ extractor: "cnn-conv" });
  });

  await userEvent.click(await screen.findByRole("button", { name: "Drop old" }));
  await userEvent.click(await screen.findByRole("button", { name: "Drop" }));
  await vi.waitFor(() => {
    expect(screen.queryByRole("button", { name: "Drop old" })).not.toBeInTheDocument();
  });
  expect(screen.getByRole("button", { name: "Drop hist-basic" })).toBeDisabled();
});
