import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createBrowserRouter, RouterProvider } from "react-router";
import { Problem } from "@/lib/api";
import { PAGES } from "./pages";
import { Shell } from "./Shell";
import { theme, variables } from "./theme";

const RETRIES = 2;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < RETRIES && error instanceof Problem && error.passing,
      staleTime: 10_000,
      refetchOnWindowFocus: false,
    },
  },
});

/** While the first page's script is on its way: nothing, for a blink, instead of a flash of something else. */
function Coming() {
  return null;
}

const router = createBrowserRouter([{ element: <Shell />, HydrateFallback: Coming, children: PAGES }]);
const colours = localStorageColorSchemeManager({ key: "cbir-colours" });

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      colorSchemeManager={colours}
      defaultColorScheme="auto"
    >
      <Notifications position="bottom-right" />
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
