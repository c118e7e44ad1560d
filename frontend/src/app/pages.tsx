import type { RouteObject } from "react-router";
import { strings } from "@/lib/strings";
import { Failed } from "./Failed";
import { Lost } from "./Lost";

/** The pages that stand in the navigation, in its order. */
export const NAVIGATION: readonly { readonly to: string; readonly label: string }[] = [
  { to: "/", label: strings.pages.search },
  { to: "/collections", label: strings.pages.collections },
];

/** Every page, each in a file that is loaded when it is first opened. A new page is one line here. */
export const PAGES: RouteObject[] = [
  {
    index: true,
    lazy: async () => ({ Component: (await import("@/features/search/SearchPage")).SearchPage }),
    errorElement: <Failed />,
  },
  {
    path: "start",
    lazy: async () => ({ Component: (await import("@/features/start/StartPage")).StartPage }),
    errorElement: <Failed />,
  },
  {
    path: "collections",
    lazy: async () => ({
      Component: (await import("@/features/collections/CollectionsPage")).CollectionsPage,
    }),
    errorElement: <Failed />,
  },
  {
    path: "collections/:name",
    lazy: async () => ({
      Component: (await import("@/features/collections/CollectionPage")).CollectionPage,
    }),
    errorElement: <Failed />,
  },
  { path: "*", element: <Lost />, errorElement: <Failed /> },
];
