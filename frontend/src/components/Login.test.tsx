import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { configure, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { answered, api } from "@/lib/api";
import { repeatAfterLogin } from "@/lib/session";
import { server } from "../../test/server";
import { Login } from "./Login";

configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 30_000 });

const middleware = repeatAfterLogin();
const unauthorized = (detail: string) =>
  HttpResponse.json({ title: "A key is needed", status: 401, detail, remedy: "" }, { status: 401 });

let known: boolean;
let bodies: unknown[];

beforeEach(() => {
  api.use(middleware);
  known = false;
  bodies = [];
  server.use(
    http.get("*/api/v1/engine", () =>
      known ? HttpResponse.json({ name: "embedded" }) : unauthorized("This needs a key."),
    ),
    http.post("*/api/v1/collections", async ({ request }) => {
      bodies.push(await request.json());
      return known ? HttpResponse.json({ name: "a" }, { status: 201 }) : unauthorized("This needs a key.");
    }),
    http.post("*/api/v1/session", async ({ request }) => {
      const { key } = (await request.json()) as { key: string };
      known = key === "right";
      return known
        ? HttpResponse.json({ role: "write", key: "me", expires_at: null, open: false })
        : unauthorized("This server does not know the key.");
    }),
  );
});
afterEach(() => {
  api.eject(middleware);
});

function EngineName() {
  const { data, error } = useQuery({
    queryKey: ["engine"],
    queryFn: () => answered(api.GET("/api/v1/engine"), "away"),
    retry: false,
  });
  return <p>{data ? `engine ${data.name}` : error ? `failed: ${error.message}` : "waiting"}</p>;
}

function show() {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <EngineName />
        <Login />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

test("what was refused without a key is asked again after the login, a change with its body too", async () => {
  show();
  const made = answered(api.POST("/api/v1/collections", { body: { name: "a", extractors: null } }), "away");
  expect(await screen.findByRole("dialog", { name: "This server asks for a key" })).toBeVisible();
  expect(screen.getByText("waiting")).toBeVisible();

  await userEvent.type(screen.getByLabelText(/^Key/), "wrong");
  await userEvent.click(screen.getByRole("button", { name: "Log in" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("This server does not know the key.");

  await userEvent.clear(screen.getByLabelText(/^Key/));
  await userEvent.type(screen.getByLabelText(/^Key/), "right");
  await userEvent.click(screen.getByRole("button", { name: "Log in" }));
  expect(await screen.findByText("engine embedded")).toBeVisible();
  expect(await made).toEqual({ name: "a" });
  expect(bodies).toEqual([
    { name: "a", extractors: null },
    { name: "a", extractors: null },
  ]);
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
});

test("who closes the dialog is told that the request was refused", async () => {
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Close without logging in" }));
  expect(await screen.findByText(/failed: This needs a key/)).toBeVisible();
});
