/** Every English text of the pages, by feature; a translation is another object of this shape. */
export const strings = {
  app: {
    name: "cbir",
    skip: "Skip to the page's content",
    navigation: "Pages",
    menu: "Menu",
    light: "Light colours",
    dark: "Dark colours",
    system: "Colours as the system has them",
    away: "The server does not answer. It may be restarting; what you did here is kept.",
    failed: "This page could not be shown.",
    reload: "Load again",
    lost: "There is no such page.",
    home: "To the search page",
    retry: "Try again",
  },
  pages: { search: "Search", compare: "Compare", collections: "Collections", evaluation: "Evaluation" },
} as const;
