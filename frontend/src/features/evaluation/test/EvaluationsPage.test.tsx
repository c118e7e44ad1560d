import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { describe, expect, it } from "vitest";
import { server } from "../../../../test/server";
import { NAME, problem, serve, SUMMARY } from "./fixtures";
import { open } from "./page";

describe("the reports", () => {
  it("are listed with dataset, date, protocol, best result and its mean, and lead to themselves", async () => {
    serve();
    open("/evaluations");
    const list = await screen.findByRole("list", { name: "Reports" });
    const link = within(list).getByRole("link");
    expect(link).toHaveAttribute("href", `/evaluations/${NAME}`);
    for (const text of ["photos", "cnn-conv · cosine", "mean AP@100 0.750", "leave-one-out", "12 images"]) {
      expect(link).toHaveTextContent(text);
    }
    expect(link).toHaveTextContent(/Nov 22, 2026/);
  });

  it("that are none lead on: what to run, to be copied", async () => {
    serve({ evaluations: [] });
    const user = userEvent.setup();
    open("/evaluations");
    expect(
      await screen.findByRole("heading", { name: "No dataset has been evaluated yet" }),
    ).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Copy the command" }));
    expect(await screen.findByRole("button", { name: "Copied" })).toBeInTheDocument();
    expect(await navigator.clipboard.readText()).toBe("cbir evaluate FOLDER");
  });

  it("that cannot be had are said so in place, and asked for again", async () => {
    serve();
    server.use(
      http.get("*/api/v1/evaluations", () => problem(503, "The disk is away.", "Wait."), { once: true }),
    );
    open("/evaluations");
    expect(await screen.findByRole("alert")).toHaveTextContent("The disk is away.");
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("link", { name: /photos/ })).toBeInTheDocument();
  });

  it("of which one is damaged show why, and let it be deleted", async () => {
    const damaged = { ...SUMMARY, name: "bad", problem: "It is no report.", remedy: "Delete it." };
    const world = serve({ evaluations: [SUMMARY, damaged] });
    open("/evaluations");
    expect(await screen.findByText(/It is no report. Delete it./)).toBeInTheDocument();
    await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("bad is deleted for good.");
    await userEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
    await waitFor(() => {
      expect(world.deleted).toEqual(["bad"]);
    });
    await waitFor(() => {
      expect(screen.queryByText("bad")).toBeNull();
    });
  });
});
