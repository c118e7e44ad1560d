import type { RouteObject } from "react-router";
import { strings } from "@/lib/strings";
import { Failed } from "./Failed";
import { Lost } from "./Lost";

/** The pages that stand in the navigation, in its order. */
export const NAVIGATION: readonly { readonly to: string; readonly label: string }[] = [
  { to: "/", label: strings.pages.search },
  { to: "/compare", label: strings.pages.compare },
  { to: "/collections", label: strings.pages.collections },
  { to: "/evaluations", label: strings.pages.evaluation },
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
    path: "compare",
    lazy: async () => ({ Component: (await import("@/features/compare/ComparePage")).ComparePage }),
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
  {
    path: "why",
    lazy: async () => ({ Component: (await import("@/features/explain/WhyPage")).WhyPage }),
    errorElement: <Failed />,
  },
  {
    path: "see/picture",
    lazy: async () => ({ Component: (await import("@/features/explain/SeePage")).SeePage }),
    errorElement: <Failed />,
  },
  {
    path: "see/:collection/:id",
    lazy: async () => ({ Component: (await import("@/features/explain/SeePage")).SeePage }),
    errorElement: <Failed />,
  },
  {
    path: "evaluations",
    lazy: async () => ({
      Component: (await import("@/features/evaluation/EvaluationsPage")).EvaluationsPage,
    }),
    errorElement: <Failed />,
  },
  {
    path: "evaluations/:name",
    lazy: async () => ({
      Component: (await import("@/features/evaluation/EvaluationPage")).EvaluationPage,
    }),
    errorElement: <Failed />,
  },
  { path: "*", element: <Lost />, errorElement: <Failed /> },
];
