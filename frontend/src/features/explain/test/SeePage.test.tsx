import { fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { Schemas } from "@/lib/api";
import { server } from "../../../../test/server";
import { HIT, problem, RED, REGIONS, serveCatalogue, showPage } from "./fixtures";

type Figure = Schemas["DescriptorFigure"]["figure"];

const SEE = `/see/demo/${HIT}?extractor=some`;
const MAPS = `/api/v1/collections/demo/images/${HIT}/maps/block5_conv2`;

function serve(figure: Figure, dims: number) {
  server.use(
    http.get("/api/v1/collections/demo/images/:id/figures/some", ({ params }) =>
      HttpResponse.json({
        extractor: "some",
        dims,
        id: params.id,
        query: null,
        query_expires_at: null,
        figure,
      }),
    ),
  );
}

const CHANNELS: Figure = {
  kind: "channels",
  layers: [
    {
      layer: "block5_conv2",
      channels: 20,
      height: 14,
      width: 14,
      values: Array.from({ length: 20 }, (_, n) => (n === 17 ? [0.0001, 0.0003, 0] : [0.0004, 0, 0])),
      maps: MAPS,
    },
  ],
};

beforeEach(serveCatalogue);

it("shows shares of a region's pixels, not the stored values, which add up to 1 over all regions", async () => {
  const blue = { ...RED, number: 50, hue: [200, 240] as [number, number], srgb: "#2050c0" };
  serve(
    {
      kind: "colours",
      regions: REGIONS,
      colours: [RED, blue],
      values: [
        [0.125, 0.375],
        [0, 0],
      ],
    },
    4,
  );
  showPage(SEE);
  const chart = await screen.findByRole("img", { name: "Colours of the region Middle (ellipse)" });
  const heights = () => [...chart.querySelectorAll("rect")].map((bar) => Number(bar.getAttribute("height")));
  // the largest share, 75 %, ends the linear scale at 80 %
  expect(heights()[0]).toBeCloseTo((120 * 0.25) / 0.8);
  await userEvent.click(screen.getByRole("radio", { name: "Logarithmic" }));
  expect(heights()[0]).toBeCloseTo(120 * (1 + Math.log10(0.25) / 4));
  expect(screen.getByText("This region has no pixels.")).toBeVisible();
  const [details] = screen.getAllByText("As a table");
  await userEvent.click(details as HTMLElement);
  const table = within(await screen.findByRole("table"));
  expect(table.getAllByRole("row").map(({ textContent }) => /[\d.]+ %$/.exec(textContent)?.[0])).toEqual([
    undefined,
    "75.0 %",
    "25.0 %",
  ]);
});

it("says a grid's values in words: the largest first, then the one that is asked for", async () => {
  serve(
    {
      kind: "values",
      columns: 3,
      rows: [
        [0, 0.25, -0.5],
        [0.75, 0],
      ],
    },
    5,
  );
  showPage(SEE);
  expect(await screen.findByText("Dimension 3 (row 2, column 1): 0.7500")).toBeVisible();
  const place = screen.getByLabelText("Dimension");
  await userEvent.clear(place);
  await userEvent.type(place, "2");
  expect(await screen.findByText("Dimension 2 (row 1, column 3): −0.5000")).toBeVisible();
  expect(screen.getByRole("img", { name: "From −0.5000 to 0.7500" })).toBeVisible();
});

it("shows the histogram of the channel that an address names, and its own map beyond the sheet", async () => {
  serve(CHANNELS, 60);
  showPage(`${SEE}&layer=block5_conv2&channel=17`);
  const histogram = await screen.findByRole("table", { name: /channel 17 of block5_conv2/ });
  expect(within(histogram).getByRole("row", { name: /weak/ })).toHaveTextContent("25.0 %");
  expect(within(histogram).getByRole("row", { name: /middling/ })).toHaveTextContent("75.0 %");
  expect(screen.getByAltText("Map of channel 17 of block5_conv2")).toHaveAttribute(
    "src",
    `${MAPS}?channels=17`,
  );
});

it("says why maps cannot be shown, and keeps the histograms", async () => {
  server.use(http.get(MAPS, () => problem(503, "The weights are not there.", "Run cbir weights fetch.")));
  serve(CHANNELS, 60);
  showPage(SEE);
  fireEvent.error(await screen.findByAltText("Map of channel 0 of block5_conv2"));
  expect(await screen.findByRole("alert")).toHaveTextContent(/weights are not there.*Run cbir weights fetch/);
  expect(screen.getByRole("table", { name: /channel 0 of block5_conv2/ })).toBeVisible();
});

it("says in place that a file is missing", async () => {
  serve({ kind: "values", columns: 1, rows: [[1]] }, 1);
  showPage(SEE);
  await screen.findByText("a/b.jpg");
  fireEvent.error(screen.getByRole("presentation"));
  expect(await screen.findByText(/its file may have been moved or deleted/)).toBeVisible();
});

it("shows the server's reason where there is no figure", async () => {
  server.use(
    http.get("/api/v1/collections/demo/images/:id/figures/some", () =>
      problem(422, "90,000 values are too many for a figure.", "Show another."),
    ),
  );
  showPage(SEE);
  expect(await screen.findByRole("alert")).toHaveTextContent(/90,000 values.*Show another/);
});

it("asks for a picture from outside by its token and crop", async () => {
  let asked: unknown;
  server.use(
    http.post("/api/v1/figures", async ({ request }) => {
      asked = await request.json();
      return problem(404, "This query is not known any more.", "Send the picture again.");
    }),
  );
  showPage("/see/picture?collection=demo&extractor=some&query=tok&size=40x30&crop=1,2,3,4");
  expect(await screen.findByRole("alert")).toHaveTextContent("Send the picture again.");
  expect(asked).toEqual({ query: "tok", crop: "1,2,3,4", extractor: "some" });
});
