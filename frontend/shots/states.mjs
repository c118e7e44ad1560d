/**
 * Every page and every main state of it. A new one is a line here: its name, its address, and where needed what a person
 * does there (`act`), what the server says instead (`answers`), whether a job runs meanwhile (`working`), and whether the
 * picture is of the whole page (`whole`).
 */
const COFFEE = "coffee/original";
const PARTS = { cat: "chelsea/original", rocket: "rocket/original", coffee: COFFEE };

/** A search for an image of the demo gallery. */
const search = (where, { ids }, more = "") => `/${where}?collection=demo&image=${ids[PARTS.cat]}${more}`;
const why = (extractor, metric) => (gallery) =>
  search("why", gallery, `&extractor=${extractor}&metric=${metric}&hit=${gallery.ids["chelsea/cropped"]}`);
const see = (extractor) => (gallery) => `/see/demo/${gallery.ids[COFFEE]}?extractor=${extractor}`;

const button = (name) => (page) => page.getByRole("button", { name }).first().click();
/** Without asking the server, which knows its addresses. */
const goTo = (page, address) =>
  page.evaluate((to) => {
    window.history.pushState({}, "", to);
    window.dispatchEvent(new window.PopStateEvent("popstate"));
  }, address);
const problem = (status, title, detail, remedy) => ({
  status,
  contentType: "application/problem+json",
  body: JSON.stringify({ type: "about:blank", title, status, detail, remedy }),
});
const away = problem(
  503,
  "Service Unavailable",
  "The index is being rebuilt and cannot be searched.",
  "Try again in a minute.",
);

export const STATES = [
  { name: "start", address: "/start" },
  { name: "search-empty", address: "/?collection=demo" },
  { name: "search-words", address: "/?collection=demo&keywords=cat" },
  { name: "search-words-none", address: "/?collection=demo&keywords=zeppelin" },
  {
    name: "search-results",
    address: ({ ids }) => `/?collection=demo&image=${ids["coffee/blurred"]}&extractor=cnn-conv&metric=cosine`,
  },
  {
    name: "search-histogram",
    address: (gallery) => search("", gallery, "&extractor=hist-basic&metric=chi2"),
  },
  {
    name: "search-refined",
    address: (g) => search("", g, `&like=${g.ids[PARTS.rocket]}&dislike=${g.ids[PARTS.coffee]}`),
  },
  {
    name: "search-part",
    address: (gallery) => search("", gallery, "&crop=60,40,220,200&duplicates=collapsed"),
  },
  {
    name: "search-narrowed",
    address: (gallery) => search("", gallery, "&label=coffee&label=rocket&threshold=0.4"),
    act: async (page) => {
      const fold = page.getByRole("button", { name: "Narrow down" });
      if (await fold.isVisible()) await fold.click();
    },
  },
  { name: "search-nothing-left", address: (gallery) => search("", gallery, "&text=zeppelin&threshold=0.99") },
  {
    name: "search-nothing-similar",
    address: (gallery) => search("", gallery),
    answers: {
      "**/api/v1/search": async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, json: { ...(await answer.json()), nothing_similar: true } });
      },
    },
  },
  {
    name: "search-loading",
    address: (gallery) => search("", gallery),
    answers: { "**/api/v1/search": () => undefined },
    busy: true,
  },
  {
    name: "search-error",
    address: (gallery) => search("", gallery),
    answers: { "**/api/v1/search": (route) => route.fulfill(away) },
    act: (page) => page.getByRole("alert").waitFor(),
  },
  { name: "search-collection-gone", address: "/?collection=holiday" },
  { name: "search-picture-gone", address: "/?collection=demo&query=no-longer-there" },
  { name: "search-empty-collection", address: "/?collection=empty" },
  { name: "search-long-names", address: "/?collection=long-names" },
  {
    name: "search-not-a-picture",
    address: "/?collection=demo",
    act: (page) =>
      page
        .locator("input[type=file]")
        .first()
        .setInputFiles({
          name: "Notes of a meeting about a rather long subject, second version.txt",
          mimeType: "text/plain",
          buffer: Buffer.from("no picture"),
        }),
  },
  {
    name: "search-metrics-open",
    address: (gallery) => search("", gallery),
    act: (page) => page.getByRole("combobox", { name: "How it is compared" }).click(),
  },
  {
    name: "lightbox",
    address: (gallery) => search("", gallery),
    act: (page) => page.locator("[role=grid] [data-index='1']").click(),
  },
  { name: "crop", address: (gallery) => search("", gallery), act: button("Crop") },
  { name: "compare-empty", address: "/compare?collection=demo", whole: true },
  { name: "compare", address: (gallery) => search("compare", gallery, "&extractor=hist-basic"), whole: true },
  { name: "compare-gone", address: "/compare?collection=demo&query=no-longer-there" },
  { name: "why-hist-basic", address: why("hist-basic", "chi2"), whole: true },
  { name: "why-cnn-hist", address: why("cnn-hist", "chi2"), whole: true },
  { name: "why-cnn-conv", address: why("cnn-conv", "cosine"), whole: true },
  { name: "see-hist-basic", address: see("hist-basic"), whole: true },
  { name: "see-cnn-hist", address: see("cnn-hist"), whole: true },
  { name: "see-cnn-conv", address: see("cnn-conv"), whole: true },
  { name: "collections", address: "/collections" },
  { name: "collections-jobs", address: "/collections?view=jobs" },
  { name: "collections-trash", address: "/collections?view=trash" },
  { name: "collections-new", address: "/collections", act: button("New collection") },
  { name: "collection", address: "/collections/demo", whole: true },
  { name: "collection-running", address: "/collections/running", whole: true, working: true },
  { name: "collection-failures", address: "/collections/failures", whole: true, act: button(/failed$/) },
  { name: "collection-empty", address: "/collections/empty", whole: true },
  { name: "collection-gone", address: "/collections/holiday" },
  { name: "collection-add-folder", address: "/collections/empty", act: button(/folder/i) },
  { name: "collection-add-extractor", address: "/collections/failures", act: button("Add an extractor") },
  {
    name: "collection-delete",
    address: "/collections/failures",
    act: async (page) => {
      await page.locator("main [aria-haspopup=menu]").first().click();
      await page.getByRole("menuitem", { name: /delete/i }).click();
    },
  },
  {
    name: "login",
    address: "/collections",
    busy: true,
    answers: {
      "**/api/v1/collections?*": (route) =>
        route.fulfill(problem(401, "Unauthorized", "This needs a key.", "Log in with a key.")),
    },
  },
  { name: "lost", address: "/", act: (page) => goTo(page, "/nowhere") },
  { name: "evaluations", address: "/evaluations", whole: true },
  { name: "evaluation", address: ({ report }) => `/evaluations/${report}`, whole: true },
  { name: "evaluation-queries", address: ({ report }) => `/evaluations/${report}?view=queries`, whole: true },
  { name: "evaluation-labels", address: ({ report }) => `/evaluations/${report}?view=labels`, whole: true },
  { name: "evaluation-about", address: ({ report }) => `/evaluations/${report}?view=about`, whole: true },
  { name: "evaluation-gone", address: "/evaluations/holidays-20200101T000000Z" },
];
