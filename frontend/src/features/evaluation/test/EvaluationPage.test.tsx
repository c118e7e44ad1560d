import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { CONV_COSINE, HIST_CHI2, id, NAME, query, REPORT, serve } from "./fixtures";
import { open } from "./page";

const PATH = `/evaluations/${NAME}`;
const cell = (name: string) => screen.findByRole("button", { name: new RegExp(`^${name}:`) });
const section = (name: string | RegExp) => screen.findByRole("region", { name });

describe("the table", () => {
  it("has means with intervals, the best named in words as well", async () => {
    serve();
    open(PATH);
    const best = await cell("cnn-conv · cosine");
    expect(best).toHaveTextContent("0.750[0.700, 0.800]");
    expect(best).toHaveTextContent("best of all");
    expect(best).toHaveAttribute("aria-pressed", "true");
    expect(await cell("hist-basic · chi2")).toHaveTextContent("best of its column");
    expect(await cell("hist-basic · cosine")).not.toHaveTextContent("best");
    const refused = screen.getByText("not applicable");
    expect(refused).toHaveAttribute("title", "It has negative values.");
  });

  it("shows another measure, with its own best, and the address says it", async () => {
    serve();
    const { router } = open(PATH);
    await userEvent.selectOptions(await screen.findByRole("combobox", { name: "Measure" }), "P@1");
    expect(await cell("hist-basic · cosine")).toHaveTextContent("best of all");
    expect(router.state.location.search).toBe("?measure=P%401");
  });

  it("leads from a cell to all its figures and to its queries, worst first", async () => {
    const world = serve();
    const { router } = open(PATH);
    await userEvent.click(await cell("hist-basic · chi2"));
    expect(await section("hist-basic · chi2 in figures")).toHaveTextContent("405 dimensions");
    await userEvent.click(screen.getByRole("button", { name: "Its queries, worst first" }));
    await screen.findByRole("list", { name: "Queries" });
    expect(world.asked[0]).toMatchObject({ result: HIST_CHI2.key, measure: "AP@100", order: "worst" });
    expect(router.state.location.search).toContain("view=queries");
  });
});

describe("curves", () => {
  it("are read at a rank by the slider: the legend says every value", async () => {
    serve();
    open(PATH);
    const slider = await screen.findByRole("slider", { name: "Read at rank" });
    expect(slider).toHaveAttribute("max", "100");
    fireEvent.change(slider, { target: { value: "100" } });
    // every precision of the fixture ends at 0.1
    expect(slider).toHaveAttribute(
      "aria-valuetext",
      "At rank 100: hist-basic · chi2 0.100, cnn-conv · cosine 0.100",
    );
    const legend = screen.getByRole("list", { name: "At rank 100" });
    expect(within(legend).getByRole("button", { name: /cnn-conv/ })).toHaveTextContent("0.100");
    fireEvent.change(slider, { target: { value: "1" } });
    expect(within(legend).getByRole("button", { name: /cnn-conv/ })).toHaveTextContent("0.750");
  });

  it("are drawn as chosen, the best of each descriptor at first, never none", async () => {
    serve();
    const { router, container } = open(PATH);
    const legend = await screen.findByRole("list", { name: "At rank 10" });
    const curves = () => container.querySelectorAll("path > title").length;
    const entry = (name: RegExp) => within(legend).getByRole("button", { name });
    expect(curves()).toBe(2);
    await userEvent.click(entry(/hist-basic · cosine/));
    expect(curves()).toBe(3);
    expect(router.state.location.search).toContain("drawn=hist-basic%2Fcosine%2Fexact");
    for (const name of [/hist-basic · cosine/, /hist-basic · chi2/, /cnn-conv/])
      await userEvent.click(entry(name));
    expect(curves()).toBe(1);
  });

  it("stand in a table too", async () => {
    serve();
    open(`${PATH}?plot=recall`);
    const table = await screen.findByRole("region", { name: "The curves as a table" });
    expect(within(table).getByRole("row", { name: /cnn-conv/ })).toHaveTextContent(
      "0.0100.0200.0500.1000.2000.5001.000",
    );
  });
});

describe("comparisons", () => {
  it("are said in plain words, what is not significant too", async () => {
    serve();
    open(PATH);
    const found = within(await section("Which differences are real")).getAllByRole("listitem");
    expect(found[0]).toHaveTextContent(
      "No difference is shown between hist-basic · chi2 and hist-basic · cosine: " +
        "0.100 [−0.010, 0.210], p = 0.200 after correction.",
    );
    expect(found[1]).toHaveTextContent(
      "cnn-conv · cosine is better than hist-basic · chi2 by 0.250 [0.200, 0.300], p < 0.001 after correction. " +
        "Better for 7 queries, worse for 2, alike for 1.",
    );
  });
});

describe("costs", () => {
  it("name what is best at its cost, in a table too", async () => {
    serve();
    open(PATH);
    const part = await section("Quality and what it costs");
    expect(
      within(part).getByRole("img", { name: /hist-basic · cosine, hist-basic · chi2, cnn-conv/ }),
    ).toBeVisible();
    expect(within(part).getAllByRole("img", { name: "best at its cost" })).toHaveLength(3);
    await userEvent.click(within(part).getByRole("radio", { name: "Space" }));
    // all need the same space, so that the best one beats them
    expect(within(part).getAllByRole("img", { name: "best at its cost" })).toHaveLength(1);
  });
});

describe("labels", () => {
  it("are sorted by any column, and lead to their queries", async () => {
    const world = serve();
    open(`${PATH}?view=labels`);
    const table = await screen.findByRole("table", { name: "By label" });
    const labels = () =>
      within(table)
        .getAllByRole("rowheader")
        .map((one) => one.textContent);
    expect(labels()).toEqual(["cat", "dog"]);
    await userEvent.click(within(table).getByRole("button", { name: /cnn-conv/ }));
    expect(within(table).getByRole("columnheader", { name: /cnn-conv/ })).toHaveAttribute(
      "aria-sort",
      "descending",
    );
    await userEvent.click(within(table).getByRole("button", { name: /cnn-conv/ }));
    expect(labels()).toEqual(["dog", "cat"]);
    const row = within(table).getByRole("row", { name: /^dog/ });
    expect(within(row).getByRole("img", { name: "best of its row" })).toBeInTheDocument();
    await userEvent.click(within(row).getByRole("button", { name: "dog" }));
    await screen.findByRole("list", { name: "Queries" });
    expect(world.asked[0]).toMatchObject({ label: "dog" });
  });

  it("are counted on queries and images", async () => {
    serve();
    open(`${PATH}?view=labels`);
    const table = await screen.findByRole("table", { name: "Labels of queries and images" });
    expect(within(table).getByRole("row", { name: /^cat/ })).toHaveTextContent("cat67");
  });
});

describe("queries", () => {
  it("come in pages, and open their ranking: relevant or not in words, rank and score", async () => {
    const world = serve();
    const { router } = open(`${PATH}?view=queries`);
    const list = await screen.findByRole("list", { name: "Queries" });
    expect(within(list).getAllByRole("button")).toHaveLength(2);
    await userEvent.click(screen.getByRole("button", { name: "Show 1 more query" }));
    await waitFor(() => {
      expect(within(list).getAllByRole("button")).toHaveLength(3);
    });
    expect(world.asked.map(({ offset }) => offset)).toEqual(["0", "2"]);
    await userEvent.click(within(list).getByRole("button", { name: /1\.jpg/ }));
    const ranking = await section("cnn-conv · cosine");
    expect(
      await within(ranking).findByText(/1 of the first 3 are relevant; there are 2 in all/),
    ).toHaveTextContent("The first relevant one is at rank 2.");
    const hits = within(ranking).getAllByRole("figure");
    expect(hits.map((hit) => within(hit).queryByText("not relevant") === null)).toEqual([false, true, false]);
    expect(hits[1]).toHaveTextContent("Rank 2");
    expect(hits[1]).toHaveTextContent("score 0.2500");
    expect(within(ranking).getByRole("img", { name: "Relevant among the first 3: 2" })).toBeInTheDocument();
    expect(router.state.location.search).toContain(`query=${id(1)}`);
  });

  it("are asked for by label and order", async () => {
    const world = serve();
    open(`${PATH}?view=queries`);
    await userEvent.selectOptions(await screen.findByRole("combobox", { name: "Label" }), "dog");
    await userEvent.selectOptions(screen.getByRole("combobox", { name: "Order" }), "best");
    await waitFor(() => {
      expect(world.asked.at(-1)).toMatchObject({ label: "dog", order: "best", result: CONV_COSINE.key });
    });
    expect(world.asked.at(-1)).not.toHaveProperty("against");
  });

  it("stand beside another result's: where one beats the other, and both rankings", async () => {
    const world = serve({ queries: [query(1, { grade: 0.75, against: 0.25 })] });
    open(`${PATH}?view=queries&query=${id(1)}`);
    await userEvent.selectOptions(await screen.findByRole("combobox", { name: "Beside it" }), HIST_CHI2.key);
    await waitFor(() => {
      expect(world.asked.at(-1)).toMatchObject({ against: HIST_CHI2.key, order: "ahead" });
    });
    const list = await screen.findByRole("list", { name: "Queries" });
    expect(within(list).getByRole("button")).toHaveTextContent("+0.500");
    expect(await within(await section("cnn-conv · cosine")).findAllByRole("figure")).toHaveLength(3);
    expect(await within(await section("hist-basic · chi2")).findAllByRole("figure")).toHaveLength(3);
  });

  it("whose pictures are gone say so, and keep their words", async () => {
    serve();
    open(`${PATH}?view=queries&query=${id(1)}`);
    const picture = await screen.findByRole("img", { name: "cnn-conv-2.jpg" });
    fireEvent.error(picture);
    expect(
      await screen.findByRole("img", { name: "cnn-conv-2.jpg: picture not available" }),
    ).toBeInTheDocument();
  });
});

describe("the rest of a report", () => {
  it("says what was left out, definitions, method and settings", async () => {
    serve();
    open(`${PATH}?view=about`);
    const left = await section("What the figures do not cover");
    for (const text of [
      "2 queries without any relevant image",
      "1 image has no label",
      "3 files with the bytes of another one",
      "gone.png",
      "broken.jpg: It is damaged. Restore it.",
      "cnn-conv · chi2: It has negative values.",
    ]) {
      expect(left).toHaveTextContent(text);
    }
    expect(left).not.toHaveTextContent("passed over");
    expect(await section("Measures")).toHaveTextContent("AP@100the finite sum");
    expect(await section("Protocol")).toHaveTextContent("Every image with a label is a query.");
    expect(await section("How differences were tested")).toHaveTextContent("a paired test");
    expect(await section("Settings")).toHaveTextContent("cbir evaluate photos");
  });

  it("can be saved, and deleted after a question by those who may", async () => {
    const world = serve();
    const { router } = open(PATH);
    expect(await screen.findByRole("link", { name: "Download as a page" })).toHaveAttribute(
      "href",
      `/api/v1/evaluations/${NAME}/page`,
    );
    await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
    const dialog = await screen.findByRole("dialog");
    expect(world.deleted).toEqual([]);
    await userEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
    await waitFor(() => {
      expect(router.state.location.pathname).toBe("/evaluations");
    });
    expect(world.deleted).toEqual([NAME]);
    world.report = null;
    await router.navigate(-1);
    expect(await screen.findByText("There is no report.")).toBeInTheDocument();
  });

  it("is not deleted by those who may only read", async () => {
    serve({ role: "read" });
    open(PATH);
    await cell("cnn-conv · cosine");
    expect(screen.queryByRole("button", { name: "Delete" })).toBeNull();
  });

  it("that is not there says so, and leads back", async () => {
    serve({ report: null });
    open(PATH);
    expect(await screen.findByRole("alert")).toHaveTextContent(/There is no report\..*Look again\./);
    expect(screen.queryByRole("button", { name: "Delete" })).toBeNull();
    expect(screen.getByRole("link", { name: "All reports" })).toHaveAttribute("href", "/evaluations");
  });

  it("without comparisons, labels or costs is shown all the same", async () => {
    const bare = {
      ...REPORT,
      comparisons: [],
      labels: [],
      results: [{ ...CONV_COSINE, ms_per_query: 0, by_label: [] }],
    };
    serve({ report: bare });
    open(PATH);
    expect(await screen.findByText("No results were compared by AP@100.")).toBeInTheDocument();
    expect(screen.getByText("No costs were measured.")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("tab", { name: "Labels" }));
    expect(await screen.findByText("The images of this dataset have no labels.")).toBeInTheDocument();
  });
});
