/** English texts of the page for a first start. */
export const strings = {
  title: "First images",
  heading: "Nothing to search in yet",
  lead: "Choose a folder with pictures. They stay where they are: only small descriptions of them are kept.",
  own: "Your own pictures",
  demo: "Or look around first",
  demoText:
    "A gallery of 291 free pictures comes along. Make it searchable in a terminal, then load this page again:",
  demoCommand: "make demo",
  folders: "Folders on the server",
  top: "All folders",
  up: (name: string) => `Back to ${name}`,
  openFolder: (name: string) => `Open ${name}`,
  pictures: (count: number, atLeast: boolean) =>
    count === 0 && atLeast
      ? "pictures not counted"
      : count === 1 && !atLeast
        ? "1 picture"
        : `${atLeast ? "at least " : ""}${count.toLocaleString("en")} pictures`,
  noFolders: "There is no folder in here.",
  noRoots: "This server may not index any folder. Whoever runs it names folders with: cbir serve FOLDER",
  index: (name: string) => `Index ${name}`,
  name: "Name of the collection",
  namePattern: "A-Z, a-z, 0-9, _, - and . only",
  defaultName: "pictures",
  indexing: (collection: string) => `Making ${collection} searchable`,
  progress: (done: number, total: number | null) =>
    total === null
      ? `${done.toLocaleString("en")} done`
      : `${done.toLocaleString("en")} of ${total.toLocaleString("en")}`,
  rate: (rate: number) => `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} a second`,
  eta: (seconds: number) =>
    seconds < 60
      ? `about ${Math.max(1, Math.round(seconds))} s left`
      : `about ${Math.round(seconds / 60)} min left`,
  waiting: "Waiting for its turn",
  reconnecting: "The connection was lost; it goes on and this page looks again.",
  failed: (count: number) =>
    `${count.toLocaleString("en")} files could not be read; the collections page lists them.`,
  search: "Search in it",
  searchAlready: "Search in what is there already",
  other: "Choose another folder",
  done: (collection: string) => `${collection} can be searched.`,
  notDone: "Indexing did not come to its end.",
  mayNot:
    "With your key you may search, but not add images. Ask whoever runs the server for a key that may write.",
} as const;
