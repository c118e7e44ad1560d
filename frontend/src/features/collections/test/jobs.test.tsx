import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test, vi } from "vitest";
import { server } from "../../../../test/server";
import { COLLECTION, FakeEventSource, JOB, open, problem, serve } from "./fakes";

beforeEach(() => {
  FakeEventSource.opened = [];
  vi.stubGlobal("EventSource", FakeEventSource);
});

async function stream(): Promise<FakeEventSource> {
  await waitFor(() => {
    expect(FakeEventSource.opened).toHaveLength(1);
  });
  const [source] = FakeEventSource.opened;
  if (!source) throw new Error("no stream was opened");
  return source;
}

test("a job's progress, rate and remaining time are shown as they come, and the collection is read again at its end", async () => {
  const world = serve({ jobs: [JOB] });
  open("/collections/holiday");
  const source = await stream();
  expect(source.url).toBe("/api/v1/jobs/j1/events");

  act(() => {
    source.tell("progress", { ...JOB, done: 25, rate: 12.34, eta_s: 90 });
  });
  expect(await screen.findByText("Indexing · 25 of 100 · 12 a second · 2 min left")).toBeVisible();
  expect(screen.getByRole("progressbar", { name: "Progress of: Adding a folder" })).toHaveAttribute(
    "aria-valuenow",
    "25",
  );

  const done = { ...JOB, state: "done" as const, done: 100, result: { added: 98, unchanged: 2 } };
  world.jobs = [done];
  world.collections = [{ ...COLLECTION, images: 110 }];
  act(() => {
    source.tell("end", done);
  });
  expect(await screen.findByText("98 images added, 2 there already")).toBeVisible();
  expect(await screen.findByText("110 images")).toBeVisible();
  expect(screen.queryByRole("progressbar")).not.toBeInTheDocument();
});

test("a lost stream is said, and one that is refused is replaced by questions", async () => {
  const world = serve({ jobs: [JOB] });
  server.use(http.get("*/api/v1/jobs/j1", () => HttpResponse.json(world.jobs[0])));
  open("/collections/holiday");
  const source = await stream();

  act(() => {
    source.fail(0);
  });
  expect(await screen.findByText(/the job goes on. Connecting again/)).toBeVisible();

  world.jobs = [{ ...JOB, done: 60 }];
  act(() => {
    source.fail(2);
  });
  expect(await screen.findByText("Asking every few seconds for news.")).toBeVisible();
  expect(await screen.findByText("Indexing · 60 of 100")).toBeVisible();
});

test("a running job can be cancelled, and a cancelled one goes on when asked", async () => {
  const world = serve({ jobs: [JOB] });
  const cancelled = { ...JOB, state: "cancelled" as const, resumable: true };
  server.use(
    http.post("*/api/v1/jobs/j1/cancel", () => {
      world.jobs = [cancelled];
      return HttpResponse.json(cancelled);
    }),
    http.post("*/api/v1/jobs/j1/resume", () => {
      world.jobs = [{ ...JOB, state: "queued" }];
      return HttpResponse.json(world.jobs[0]);
    }),
  );
  open("/collections?view=jobs");
  await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  expect(await screen.findByText("Cancelled")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Resume" }));
  expect(await screen.findByText("Waiting")).toBeVisible();
});

test("files that failed are listed page by page, each with its reason and remedy, and can be tried again", async () => {
  const ended = { ...JOB, state: "done" as const, failed: 12, resumable: true, result: { added: 88 } };
  serve({ jobs: [ended] });
  const resumed = vi.fn();
  server.use(
    http.get("*/api/v1/jobs/j1/failures", ({ request }) => {
      const offset = Number(new URL(request.url).searchParams.get("offset"));
      const all = Array.from({ length: 12 }, (_, place) => ({
        path: `p${place}.jpg`,
        reason: `Reason ${place}.`,
        remedy: `Remedy ${place}.`,
      }));
      return HttpResponse.json({ total: 12, offset, limit: 10, failures: all.slice(offset, offset + 10) });
    }),
    http.post("*/api/v1/jobs/j1/resume", () => {
      resumed();
      return HttpResponse.json({ ...JOB, state: "queued" });
    }),
  );
  open("/collections?view=jobs");
  await userEvent.click(await screen.findByRole("button", { name: "12 files failed" }));
  const list = await screen.findByRole("list", { name: "Files that failed" });
  expect(within(list).getAllByRole("listitem")).toHaveLength(10);
  expect(within(list).getByText("Reason 3.")).toBeVisible();
  expect(within(list).getByText("Remedy 3.")).toBeVisible();

  await userEvent.click(screen.getByRole("button", { name: "Page 2" }));
  expect(await screen.findByText("p11.jpg")).toBeVisible();

  await userEvent.click(screen.getByRole("button", { name: "Try failed files again" }));
  await waitFor(() => {
    expect(resumed).toHaveBeenCalledOnce();
  });
});

test("a job that cannot be cancelled says why in its place", async () => {
  serve({ jobs: [JOB] });
  server.use(
    http.post("*/api/v1/jobs/j1/cancel", () => problem(409, "The job has ended.", "Look at its result.")),
  );
  open("/collections?view=jobs");
  await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("The job has ended.Look at its result.");
});

test("what a check found is listed with its remedy, a fault apart from a note", async () => {
  const findings = [{ severity: "fault", message: "3 images have lost vectors.", remedy: "Rebuild it." }];
  serve({ jobs: [{ ...JOB, kind: "check", state: "done", result: { findings } }] });
  open("/collections?view=jobs");
  const list = await screen.findByRole("list", { name: "What the check found" });
  expect(list).toHaveTextContent("Fault3 images have lost vectors.Rebuild it.");
  expect(screen.queryByText("Nothing is wrong.")).not.toBeInTheDocument();
});
