import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { server } from "../../../../test/server";
import { collection, id, problem, serve, type Asked } from "./fixtures";
import { showPage } from "./page";

const BY_IMAGE = `?collection=demo&image=${id(5)}`;

const columns = () => screen.findAllByRole("region", { name: /^Column \d/ });
const cell = async (column: number, name: RegExp) => {
  const region = (await columns())[column - 1];
  if (!region) throw new Error(`no column ${column}`);
  return within(region).getByRole("button", { name });
};
/** What the lines between the columns join, as "rank-rank"; a missing rank is an end. */
const lines = (container: HTMLElement) =>
  [...container.querySelectorAll("[data-ranks]")].map((line) => line.getAttribute("data-ranks"));

describe("columns", () => {
  it("are all metrics of the descriptor, each with its formula and its own ranking", async () => {
    const asked = serve();
    showPage(BY_IMAGE);
    const all = await columns();
    expect(asked[0]).toMatchObject({
      image_id: id(5),
      k: 10,
      pairs: [
        { extractor: "hist-basic", metric: "euclidean" },
        { extractor: "hist-basic", metric: "cosine" },
        { extractor: "hist-basic", metric: "chi2" },
      ],
    });
    expect(all.map((one) => within(one).getByRole("heading").textContent)).toEqual([
      "1Euclidean distance",
      "2Cosine similarity",
      "3Chi-squared distance",
    ]);
    expect(all[1]).toHaveTextContent("ΣAB / (‖A‖‖B‖)");
    expect(all[1]).toHaveTextContent("larger is closer");
    const names = all.map((one) =>
      within(one)
        .getAllByRole("button")
        .map((button) => button.textContent),
    );
    expect(names[0]).toEqual([
      "1 3.jpg, score 0.1250 90.0 % ",
      "2 1.jpg, score 0.2500 90.0 % ",
      "3 2.jpg, score 0.3750 90.0 % ",
    ]);
  });

  it("leave out a metric that the descriptor does not allow, with the reason", async () => {
    const asked = serve();
    showPage(`${BY_IMAGE}&extractor=coded`);
    await columns();
    expect(asked[0]?.pairs.map(({ metric }) => metric)).toEqual(["euclidean", "cosine"]);
    expect(screen.getByRole("region", { name: "Left out" })).toHaveTextContent(
      "Chi-squared distance: It has negative numbers.",
    );
  });

  it("are all complete descriptors, each with its own metric or one for all", async () => {
    const asked = serve();
    const { router } = showPage(BY_IMAGE);
    await userEvent.click(await screen.findByRole("radio", { name: "All descriptors" }));
    await waitFor(() => {
      expect(asked.at(-1)?.pairs).toEqual([
        { extractor: "hist-basic", metric: "chi2" },
        { extractor: "coded", metric: "cosine" },
      ]);
    });
    expect(screen.getByRole("region", { name: "Left out" })).toHaveTextContent(
      "half: 4 images do not have this descriptor yet.",
    );
    await userEvent.click(screen.getByRole("combobox", { name: "Metric of all columns" }));
    await userEvent.click(await screen.findByRole("option", { name: /Euclidean/ }));
    await waitFor(() => {
      expect(asked.at(-1)?.pairs.map(({ metric }) => metric)).toEqual(["euclidean", "euclidean"]);
    });
    expect(router.state.location.search).toContain("by=extractors&common=euclidean");
  });

  it("that are only one are no comparison, which is said", async () => {
    const asked = serve();
    showPage(`${BY_IMAGE}&by=extractors&common=chi2`);
    expect(await screen.findByRole("alert")).toHaveTextContent("There is only one column.");
    expect(asked).toEqual([]);
  });

  it("are as long as chosen, and the link says it", async () => {
    const asked = serve();
    const { router } = showPage(BY_IMAGE);
    await columns();
    await userEvent.click(screen.getByRole("radio", { name: "50" }));
    await waitFor(() => {
      expect(asked.at(-1)?.k).toBe(50);
    });
    expect(router.state.location.search).toContain("k=50");
    expect(router.state.location.search).toContain(`image=${id(5)}`);
  });

  it("are searched with by a link that keeps the query", async () => {
    serve();
    showPage(`${BY_IMAGE}&label=beach`);
    const link = await screen.findByRole("link", { name: /Cosine similarity/ });
    const url = new URLSearchParams(link.getAttribute("href")?.split("?")[1]);
    expect(Object.fromEntries(url)).toEqual({
      collection: "demo",
      extractor: "hist-basic",
      metric: "cosine",
      image: id(5),
      label: "beach",
    });
  });
});

describe("an image is followed", () => {
  it("while it is pointed at: in every column where it stands, by lines between its ranks", async () => {
    serve();
    const { container } = showPage(BY_IMAGE);
    const first = await cell(1, /3\.jpg/);
    expect(lines(container)).toEqual([]);
    fireEvent.pointerEnter(first);
    expect(lines(container)).toEqual(["1-3", "3-"]);
    expect(container.querySelectorAll(`[data-image="${id(3)}"][data-active]`)).toHaveLength(2);
    expect(screen.getByRole("region", { name: "The image that is followed" })).toHaveTextContent(
      "euclidean 1cosine 3chi2 –",
    );
    fireEvent.pointerLeave(first);
    expect(lines(container)).toEqual([]);
  });

  it("by the keyboard, and its ranks are told", async () => {
    serve();
    const { container } = showPage(BY_IMAGE);
    const first = await cell(1, /3\.jpg/);
    first.focus();
    expect(first).toHaveAccessibleDescription(
      "euclidean: rank 1; cosine: rank 3; chi2: not among the first 10",
    );
    await userEvent.keyboard("{ArrowDown}{ArrowRight}");
    expect(await cell(2, /2\.jpg/)).toHaveFocus();
    expect(lines(container)).toEqual(["3-2", "2-1"]);
    await userEvent.keyboard("{ArrowRight}{End}");
    expect(await cell(3, /9\.jpg/)).toHaveFocus();
    expect(lines(container)).toEqual(["-3"]);
    expect(await cell(3, /9\.jpg/)).toHaveTextContent("only here");
  });

  it("when it was pressed until it is let go, and can be compared for", async () => {
    const asked = serve();
    const { container, router } = showPage(BY_IMAGE);
    await userEvent.click(await cell(1, /1\.jpg/));
    (document.activeElement as HTMLElement).blur();
    expect(lines(container)).toEqual(["2-1", "1-2"]);
    expect(await cell(2, /1\.jpg/)).toHaveAttribute("aria-pressed", "true");
    await userEvent.click(screen.getByRole("button", { name: "Let go" }));
    expect(lines(container)).toEqual([]);
    await userEvent.click(await cell(1, /1\.jpg/));
    await userEvent.click(screen.getByRole("button", { name: "Compare for it" }));
    await waitFor(() => {
      expect(asked.at(-1)?.image_id).toBe(id(1));
    });
    expect(router.state.location.search).toContain(`image=${id(1)}`);
  });
});

it("agreement figures of every two columns are told, and which agree least", async () => {
  serve();
  showPage(BY_IMAGE);
  const overlap = await screen.findByRole("table", { name: "Overlap at 10" });
  const values = (table: HTMLElement) =>
    within(table)
      .getAllByRole("row")
      .slice(1)
      .map((row) =>
        within(row)
          .getAllByRole("cell")
          .map(({ textContent }) => textContent),
      );
  expect(values(overlap)).toEqual([
    ["–", "100 %", "67 %"],
    ["100 %", "–", "67 %"],
    ["67 %", "67 %", "–"],
  ]);
  expect(values(screen.getByRole("table", { name: "Kendall's tau" }))).toEqual([
    ["–", "−0.33", "0.00"],
    ["−0.33", "–", "0.33"],
    ["0.00", "0.33", "–"],
  ]);
  expect(overlap.querySelectorAll("[data-least]")).toHaveLength(2);
  expect(screen.getByRole("status")).toHaveTextContent(
    "euclidean and cosine agree least: 100 % of their images in common, Kendall's tau −0.33.",
  );
});

describe("without an answer", () => {
  it("and without a query, images to start from and the way to the search page are offered", async () => {
    const asked = serve();
    const { router } = showPage("?collection=demo");
    expect(await screen.findByRole("link", { name: "Choose a picture" })).toHaveAttribute(
      "href",
      "/?collection=demo&extractor=hist-basic&metric=chi2",
    );
    await userEvent.click(await screen.findByRole("button", { name: "Compare for 7.jpg" }));
    await waitFor(() => {
      expect(asked.at(-1)?.image_id).toBe(id(7));
    });
    expect(router.state.location.search).toContain(`image=${id(7)}`);
  });

  it("as long as it is under way, that is said", async () => {
    serve();
    showPage(BY_IMAGE);
    expect(screen.getByText("Comparing…")).toBeInTheDocument();
    await columns();
    expect(screen.queryByText("Comparing…")).not.toBeInTheDocument();
  });

  it("the problem stands in place, and another try is made from there", async () => {
    serve();
    server.use(
      http.post("/api/v1/compare", () => problem(409, "half is not complete.", "Wait for its job."), {
        once: true,
      }),
    );
    showPage(BY_IMAGE);
    expect(await screen.findByRole("alert")).toHaveTextContent(/half is not complete\.\s*Wait for its job\./);
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await columns()).toHaveLength(3);
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("of a longer comparison, the one before stays in sight", async () => {
    serve();
    showPage(BY_IMAGE);
    await columns();
    server.use(http.post("/api/v1/compare", () => HttpResponse.error()));
    await userEvent.click(screen.getByRole("radio", { name: "20" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("The server does not answer.");
    expect(screen.getByText("What is shown is the comparison before.")).toBeInTheDocument();
    expect(await columns()).toHaveLength(3);
  });

  it("because the picture has expired, another can be chosen with the choices kept", async () => {
    serve();
    server.use(http.post("/api/v1/compare", () => problem(404, "Not known.", "Send it again.", "query")));
    showPage("?collection=demo&extractor=coded&query=token1&size=400x300");
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("The server no longer has the picture.");
    expect(within(alert).getByRole("link", { name: "Choose a picture" })).toHaveAttribute(
      "href",
      "/?collection=demo&extractor=coded&metric=cosine",
    );
  });

  it("because the collection is gone, the others are offered", async () => {
    const asked: Asked[] = serve([collection("demo"), collection("other")]);
    showPage(`?collection=lost&query=token1`);
    expect(await screen.findByRole("alert")).toHaveTextContent("The collection lost is not there any more.");
    await userEvent.click(screen.getByRole("button", { name: "other" }));
    await waitFor(() => {
      expect(asked.at(-1)).toMatchObject({ collection: "other", query: "token1" });
    });
  });

  it("because the collection is empty, the way to fill it is shown", async () => {
    serve([collection("demo", 0)]);
    showPage(BY_IMAGE);
    expect(await screen.findByRole("link", { name: "To the collections" })).toHaveAttribute(
      "href",
      "/collections",
    );
  });
});
