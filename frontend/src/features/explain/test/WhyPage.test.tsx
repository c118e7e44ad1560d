import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { Schemas } from "@/lib/api";
import { server } from "../../../../test/server";
import { explanation, problem, QUERY, HIT, serveCatalogue, share, shares, showPage, WHY } from "./fixtures";

type Asked = Schemas["ExplanationBody"];

const RANKS: Schemas["RankUnderMetric"][] = [
  { metric: "chi2", score: 0.2, larger_is_better: false, closeness: 0.9, rank: 3, beyond: null },
  { metric: "cosine", score: 0.5, larger_is_better: true, closeness: null, rank: null, beyond: 10_000 },
  { metric: "kl", score: 1, larger_is_better: false, closeness: 0.5, rank: null, beyond: null },
];

function serve(answer: Schemas["Explanation"]): Asked[] {
  const asked: Asked[] = [];
  server.use(
    http.post("/api/v1/explain", async ({ request }) => {
      const body = (await request.json()) as Asked;
      asked.push(body);
      return HttpResponse.json(body.ranks ? { ...answer, ranks: RANKS } : answer);
    }),
  );
  return asked;
}

beforeEach(serveCatalogue);

it("asks without ranks first and for ranks after, for the query of the address", async () => {
  const asked = serve(explanation());
  showPage(WHY);
  await screen.findByRole("table", { name: /every metric/ });
  expect(asked.map(({ ranks }) => ranks)).toEqual([false, true]);
  expect(asked[0]).toMatchObject({ image_id: QUERY, hit: HIT, extractor: "hist-basic", metric: "chi2" });
});

it("shows the score, the two sums and the formula that makes the score of them", async () => {
  serve(explanation());
  showPage(WHY);
  const box = within(await screen.findByRole("region", { name: "How the score is made" }));
  expect(box.getByText("0.8000")).toBeVisible();
  expect(box.getAllByText("0.2000")).toHaveLength(2);
  expect(box.getByText("2AB/(A+B)")).toBeVisible();
});

it("draws the regions with their shares of the sum on both pictures, for either side", async () => {
  serve(explanation());
  showPage(WHY);
  const labels = async () =>
    (await screen.findAllByTitle("Middle (ellipse)")).map(({ textContent }) => textContent);
  expect(await labels()).toEqual(["75.0 %", "75.0 %"]);
  await userEvent.click(screen.getByRole("radio", { name: "Apart" }));
  expect(await labels()).toEqual(["100 %", "100 %"]);
});

it("names a colour by its ranges and gives both sides' values as numbers", async () => {
  serve(explanation());
  showPage(WHY);
  const together = within(await screen.findByRole("region", { name: "What brought them together" }));
  const row = together.getByRole("row", { name: /Hue 0.*40°/ });
  expect(row).toHaveTextContent(/Middle \(ellipse\): Hue 0\u2060–\u206040°, saturation 67\u2060–\u2060100/);
  expect(row).toHaveTextContent(/0\.3000.*0\.1000.*50\.0 %/);
});

it("compares layers by likeness, which their size does not change, and leads to their maps", async () => {
  const layer = (name: string, size: number, together: number) =>
    share({ layer: name }, size, size, together, size - together);
  serve(
    explanation({
      kind: "channels",
      regions: [],
      extractor: "cnn-hist",
      groups: [shares("layer", [layer("block5_conv2", 0.6, 0.54), layer("block1_conv2", 0.2, 0.19)])],
      dimensions: shares("dimension", []),
    }),
  );
  showPage(WHY.replace("hist-basic", "cnn-hist"));
  const together = within(await screen.findByRole("region", { name: "What brought them together" }));
  // 0.54 of 0.6, not 0.54 of the whole sum of 0.8
  expect(together.getByRole("row", { name: /block5_conv2/ })).toHaveTextContent("90.0 %");
  expect(together.getByRole("row", { name: /block1_conv2/ })).toHaveTextContent("95.0 %");
  expect(together.getByRole("link", { name: "block1_conv2" })).toHaveAttribute(
    "href",
    `/see/demo/${HIT}?extractor=cnn-hist&layer=block1_conv2&channel=0`,
  );
});

it("tells the place under every metric, also where it is not known", async () => {
  serve(explanation());
  showPage(WHY);
  const table = within(await screen.findByRole("table", { name: /every metric/ }));
  expect(table.getByRole("row", { name: /chi2 chosen/ })).toHaveTextContent(/3.*0\.2000.*90\.0 %/);
  expect(table.getByRole("row", { name: /cosine/ })).toHaveTextContent("after 10,000 others or more");
  expect(table.getByRole("row", { name: /kl/ })).toHaveTextContent("left out by the search's filters");
});

it("draws nothing on a query that is mixed from several images", async () => {
  serve(explanation());
  showPage(`${WHY}&like=${"c".repeat(64)}`);
  expect(await screen.findByText(/mixed from several images/)).toBeVisible();
  expect(screen.getAllByTitle("Middle (ellipse)")).toHaveLength(1);
});

it("says in place that a picture has expired, and leads back to the search", async () => {
  server.use(
    http.post("/api/v1/explain", () => problem(404, "This query is not known any more.", "Send it again.")),
  );
  showPage(`/why?collection=demo&extractor=hist-basic&query=gone&hit=${HIT}`);
  expect(await screen.findByRole("alert")).toHaveTextContent(/not known any more\..*Send it again/);
  expect(screen.getByRole("link", { name: "Search again" })).toHaveAttribute(
    "href",
    "/?collection=demo&extractor=hist-basic&query=gone",
  );
});

it("says what is missing in an address without a hit", () => {
  showPage(`/why?collection=demo&image=${QUERY}`);
  expect(screen.getByRole("alert")).toHaveTextContent("does not say which image is explained");
});

it("leaves channels that are the same in both pictures out of what is alike, and says so", async () => {
  const channel = (number: number, together: number) =>
    share({ layer: "block1_conv2", channel: number }, 0.2, 0.2, together, 0.2 - together);
  serve(
    explanation({
      kind: "channels",
      extractor: "cnn-hist",
      regions: [],
      dimensions: shares("dimension", []),
      groups: [shares("channel", [channel(7, 0.2), channel(9, 0.15)])],
    }),
  );
  showPage(WHY);
  const alike = within(await screen.findByRole("region", { name: "What brought them together" }));
  expect(alike.getByRole("rowheader", { name: /channel 9/ })).toBeVisible();
  expect(alike.queryByRole("rowheader", { name: /channel 7/ })).toBeNull();
  expect(alike.getByText(/same in both pictures, as a rule silent in both: 1/)).toBeVisible();
  const apart = within(screen.getByRole("region", { name: "What kept them apart" }));
  expect(apart.getByRole("rowheader", { name: /channel 7/ })).toBeVisible();
});
