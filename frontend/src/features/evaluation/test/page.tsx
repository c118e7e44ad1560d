import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { configure, render } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { vi } from "vitest";
import { EvaluationPage } from "../EvaluationPage";
import { EvaluationsPage } from "../EvaluationsPage";

// a machine that does other work beside the tests may be slow to draw a page
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 30_000 });

/** The two pages under a router, as the application has them. */
export function open(path: string) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createMemoryRouter(
    [
      { path: "/evaluations", element: <EvaluationsPage /> },
      { path: "/evaluations/:name", element: <EvaluationPage /> },
    ],
    { initialEntries: [path] },
  );
  const shown = render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { router, ...shown };
}
