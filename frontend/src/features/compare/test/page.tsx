import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { configure, render } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { vi } from "vitest";
import { ComparePage } from "../ComparePage";

// machines that do much else at the same time are slow, not wrong
configure({ asyncUtilTimeout: 5000 });
vi.setConfig({ testTimeout: 20_000 });

/** The page at an address, as the application shows it. */
export function showPage(query = "") {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createMemoryRouter(
    [
      { path: "/", element: <p>search page</p> },
      { path: "/start", element: <p>start page</p> },
      { path: "/compare", element: <ComparePage /> },
    ],
    { initialEntries: [`/compare${query}`] },
  );
  const { container } = render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { router, container };
}
