import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { configure, render } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { createMemoryRouter, RouterProvider } from "react-router";
import { vi } from "vitest";
import type { Schemas } from "@/lib/api";
import { server } from "../../../../test/server";
import { SeePage } from "../SeePage";
import { WhyPage } from "../WhyPage";

// machines that do much else at the same time are slow, not wrong
configure({ asyncUtilTimeout: 5000 });
vi.setConfig({ testTimeout: 20_000 });

export const QUERY = "a".repeat(64);
export const HIT = "b".repeat(64);
export const WHY = `/why?collection=demo&extractor=hist-basic&metric=chi2&image=${QUERY}&hit=${HIT}`;

export function showPage(address: string) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createMemoryRouter(
    [
      { path: "/why", element: <WhyPage /> },
      { path: "/see/picture", element: <SeePage /> },
      { path: "/see/:collection/:id", element: <SeePage /> },
      { path: "/", element: <p>search page</p> },
    ],
    { initialEntries: [address] },
  );
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return router;
}

export function problem(status: number, detail: string, remedy: string) {
  return HttpResponse.json(
    { type: "urn:cbir:problem:x", title: `Title ${status}`, status, detail, remedy, request_id: "r" },
    { status, headers: { "Content-Type": "application/problem+json" } },
  );
}

/** What both pages ask besides their own question. */
export function serveCatalogue() {
  server.use(
    http.get("/api/v1/collections", () =>
      HttpResponse.json({ total: 0, offset: 0, limit: 1000, engine: "embedded", collections: [] }),
    ),
    http.get("/api/v1/extractors", () => HttpResponse.json({ default: [], patterns: [], extractors: [] })),
    http.get("/api/v1/metrics", () => HttpResponse.json({ metrics: [] })),
    http.get("/api/v1/collections/:name/images/:id", ({ params }) =>
      HttpResponse.json({ id: params.id, path: "a/b.jpg", width: 400, height: 200, caption: "", labels: [] }),
    ),
  );
}

const NO_PART: Schemas["ExplainedPart"] = {
  dim: null,
  region: null,
  colour: null,
  layer: null,
  channel: null,
  level: null,
};

export const RED: Schemas["ColourBin"] = {
  number: 8,
  hue: [0, 40],
  saturation: [2 / 3, 1],
  value: [2 / 3, 1],
  srgb: "#d45f23",
};

export const REGIONS: Schemas["PictureRegion"][] = [
  { name: "ellipse", ellipse: { centre: [0.5, 0.5], half_axes: [0.375, 0.375] }, polygon: [] },
  {
    name: "top-left",
    ellipse: null,
    polygon: [
      [0, 0],
      [0.5, 0],
      [0.5, 0.5],
      [0, 0.5],
    ],
  },
];

export function share(
  part: Partial<Schemas["ExplainedPart"]>,
  query: number,
  hit: number,
  together: number,
  apart: number,
): Schemas["ExplainedShare"] {
  return { part: { ...NO_PART, ...part }, query, hit, together, apart };
}

/** A largest-first list of shares, the same on both sides. */
export function shares(by: string, list: Schemas["ExplainedShare"][]): Schemas["LargestShares"] {
  return { by, count: list.length, together: list, apart: list };
}

/** Σ together is 0.8 and Σ apart 0.2, of which the ellipse has three quarters and all. */
export function explanation(rest: Partial<Schemas["Explanation"]> = {}): Schemas["Explanation"] {
  return {
    collection: "demo",
    extractor: "hist-basic",
    metric: "chi2",
    hit: HIT,
    query: null,
    query_expires_at: null,
    took_ms: 1,
    steps_ms: { decode: 0, extract: 0, search: 0, closeness: 0 },
    kind: "colours",
    dims: 405,
    score: 0.2,
    larger_is_better: false,
    formula: { apart: "½(A−B)²/(A+B)", together: "2AB/(A+B)", score: "Σ apart" },
    apart: 0.2,
    together: 0.8,
    regions: REGIONS,
    dimensions: shares("dimension", [share({ dim: 8, region: "ellipse", colour: RED }, 0.3, 0.1, 0.4, 0.05)]),
    groups: [
      shares("region", [
        share({ region: "ellipse" }, 0.5, 0.5, 0.6, 0.2),
        share({ region: "top-left" }, 0.5, 0.5, 0.2, 0),
      ]),
    ],
    ranks: [],
    ...rest,
  };
}
