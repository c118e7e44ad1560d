import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test, vi } from "vitest";
import { server } from "../../../../test/server";
import { batchOf } from "../uploader";
import { FakeEventSource, open, problem, serve } from "./fakes";

beforeEach(() => {
  FakeEventSource.opened = [];
  vi.stubGlobal("EventSource", FakeEventSource);
});

const file = (name: string, size = 1) => new File([new Uint8Array(size)], name, { type: "image/jpeg" });

async function choose(...files: File[]) {
  const input = await screen.findByLabelText("Choose pictures", { selector: "input" });
  await userEvent.upload(input, files);
}

test("what became of each file is listed, those that failed first with the reason", async () => {
  serve();
  server.use(
    http.post("*/api/v1/collections/holiday/images", () =>
      HttpResponse.json({
        job: null,
        files: [
          { name: "a.jpg", state: "stored", id: "1", reason: "", remedy: "" },
          { name: "b.jpg", state: "duplicate", id: "2", reason: "There already.", remedy: "" },
          { name: "c.jpg", state: "refused", id: "", reason: "It is no picture.", remedy: "Save it as one." },
        ],
      }),
    ),
  );
  open("/collections/holiday");
  await choose(file("a.jpg"), file("b.jpg"), file("c.jpg"));
  expect(await screen.findByText("1 uploaded, 1 there already, 1 failed")).toBeVisible();
  const [first] = within(screen.getByRole("list", { name: "Files of the upload" })).getAllByRole("listitem");
  expect(first).toHaveTextContent("c.jpgIt is no picture. Save it as one.Failed");
});

test("an upload that lost its connection is kept, and sent again when asked", async () => {
  serve();
  let away = true;
  const sent = vi.fn();
  server.use(
    http.post("*/api/v1/collections/holiday/images", () => {
      if (away) return HttpResponse.error();
      sent();
      return HttpResponse.json({
        job: null,
        files: [{ name: "a.jpg", state: "stored", id: "1", reason: "", remedy: "" }],
      });
    }),
  );
  open("/collections/holiday");
  await choose(file("a.jpg"));
  expect(await screen.findByText("0 uploaded, 1 failed")).toBeVisible();
  expect(screen.getByText(/The server does not answer/)).toBeVisible();

  away = false;
  await userEvent.click(screen.getByRole("button", { name: "Try 1 failed file again" }));
  expect(await screen.findByText("1 uploaded")).toBeVisible();
  expect(sent).toHaveBeenCalledOnce();
});

test("where all files of a request are refused, each has its own reason", async () => {
  serve();
  server.use(
    http.post("*/api/v1/collections/holiday/images", () =>
      HttpResponse.json(
        {
          title: "Not a picture",
          detail: "a.txt (and 1 more): No.",
          remedy: "Send pictures.",
          fields: [
            { field: "images.0", message: "It is text." },
            { field: "images.1", message: "It is cut short." },
          ],
        },
        { status: 422 },
      ),
    ),
  );
  open("/collections/holiday");
  await choose(file("a.jpg"), file("b.jpg"));
  expect(await screen.findByText("It is text. Send pictures.")).toBeVisible();
  expect(screen.getByText("It is cut short. Send pictures.")).toBeVisible();
});

test("files of a request that was too large are sent one by one", async () => {
  serve();
  const numbers: number[] = [];
  server.use(
    http.post("*/api/v1/collections/holiday/images", async ({ request }) => {
      const number = (await request.text()).split('name="images"').length - 1;
      numbers.push(number);
      if (number > 1) return problem(413, "Too large.", "Send less.");
      const stored = { name: "x", state: "stored", id: "1", reason: "", remedy: "" };
      return HttpResponse.json({ job: null, files: [stored] });
    }),
  );
  open("/collections/holiday");
  await choose(file("a.jpg"), file("b.jpg"));
  await waitFor(() => {
    expect(screen.getByText("2 uploaded")).toBeVisible();
  });
  expect(numbers).toEqual([2, 1, 1]);
});

test("a batch ends before its number of files or its bytes are exceeded, and has one file at least", () => {
  const files = [file("a", 60), file("b", 40), file("c", 1)];
  expect(batchOf(files, 10, 100).map(({ name }) => name)).toEqual(["a", "b"]);
  expect(batchOf(files, 1, 100).map(({ name }) => name)).toEqual(["a"]);
  expect(batchOf(files, 10, 50).map(({ name }) => name)).toEqual(["a"]);
});
