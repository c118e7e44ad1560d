const count = new Intl.NumberFormat("en");

function many(number: number, one: string, more: string): string {
  return `${count.format(number)} ${number === 1 ? one : more}`;
}

/** The texts of the pages about collections. */
export const collectionStrings = {
  title: "Collections",
  views: { collections: "Collections", jobs: "Jobs", trash: "Trash" },
  number: (value: number) => count.format(value),
  images: (value: number) => many(value, "image", "images"),
  files: (value: number) => many(value, "file", "files"),
  loading: "Loading",
  cancel: "Cancel",
  close: "Close",
  dismiss: "Dismiss",
  back: "All collections",
  search: "Search in it",
  page: (page: number) => `Page ${page}`,
  pageControls: { first: "First page", previous: "Previous page", next: "Next page", last: "Last page" },
  readOnly: "You may look, but not change anything here.",
  logIn: "Log in with a key that may",

  health: {
    good: "Ready",
    empty: "Empty",
    filling: (missing: number) => `${many(missing, "descriptor", "descriptors")} missing`,
    limited: "Weights missing",
    damaged: "Cannot be opened",
  },

  none: {
    title: "No collections yet",
    text: "A collection is a named set of images that can be searched. Make one, then add a folder or drop pictures into it.",
  },

  create: {
    open: "New collection",
    title: "New collection",
    name: "Name",
    nameHint: "Letters, digits, “_”, “-” and “.”",
    nameWrong:
      "Use only letters A–Z, digits, “_”, “-” and “.”, beginning with a letter or digit, at most 64.",
    extractors: "Extractors",
    extractorsHint:
      "What images are described by. Each takes some time per image and can be added or dropped later.",
    dims: (dims: number) => `${count.format(dims)} numbers`,
    missing: "Weights missing",
    missingHint: "Without them nothing can be described. To get them:",
    others: "Others, by name",
    noneChosen: "Choose one at least.",
    submit: "Create",
  },

  add: {
    title: "Add pictures",
    drop: "Drop pictures or folders here",
    dropHint: "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC and AVIF. The server keeps a copy of each.",
    choose: "Choose pictures",
    folder: "Add a folder of the server",
    folderHint: "Its files stay where they are.",
    labels: "Labels for what you upload",
    labelsHint: "Optional; press Enter after each.",
    removeLabel: "Remove label",
  },

  folder: {
    title: (collection: string) => `Add a folder to ${collection}`,
    top: "Folders",
    crumbs: "Where you are",
    none: "There are no folders in this one.",
    nothing: "The server was not given any folder to index. Start it with one: `cbir serve FOLDER`.",
    images: (value: number, more: boolean) =>
      more && value === 0 ? "" : `${more ? "at least " : ""}${many(value, "image", "images")}`,
    unlisted: (value: number) =>
      `${many(value, "folder has a name", "folders have names")} that cannot be shown; they are indexed with the one above.`,
    path: "Folder to add",
    pathHint: "As the list above names it; you can type it too.",
    submit: "Add this folder",
    more: "More",
    removeMissing: "Take out images whose files are no longer there",
    replaceChanged: "Replace images whose files have changed",
  },

  upload: {
    title: "Upload",
    progress: "Progress of the upload",
    sending: (done: number, total: number) =>
      `Uploading: ${count.format(done)} of ${many(total, "file", "files")}`,
    finished: (stored: number, duplicates: number, failures: number) =>
      [
        `${count.format(stored)} uploaded`,
        duplicates > 0 ? `${count.format(duplicates)} there already` : "",
        failures > 0 ? `${count.format(failures)} failed` : "",
      ]
        .filter(Boolean)
        .join(", "),
    stop: "Stop",
    stopped: "Not sent: the upload was stopped.",
    unanswered: "The server said nothing about this file.",
    retry: (failures: number) => `Try ${many(failures, "failed file", "failed files")} again`,
    states: {
      waiting: "Waiting",
      sending: "Uploading",
      stored: "Uploaded",
      duplicate: "There already",
      failed: "Failed",
    },
    list: "Files of the upload",
    more: (value: number) => `and ${many(value, "more file", "more files")}`,
  },

  jobs: {
    title: "Jobs",
    list: "Jobs, latest first",
    none: "No jobs yet. Adding a folder or pictures starts one.",
    of: "in",
    kinds: {
      index: "Adding a folder",
      upload: "Indexing uploaded pictures",
      "add-extractor": "Adding an extractor",
      compact: "Compacting",
      check: "Checking",
      rebuild: "Rebuilding",
    } as Readonly<Record<string, string>>,
    states: {
      queued: "Waiting",
      running: "Running",
      done: "Done",
      failed: "Failed",
      cancelled: "Cancelled",
    },
    cancelling: "Cancelling…",
    cancel: "Cancel",
    resume: "Resume",
    retry: "Try again",
    retryFailed: "Try failed files again",
    progress: (kind: string) => `Progress of: ${kind}`,
    done: (done: number, total: number | null) =>
      total === null ? count.format(done) : `${count.format(done)} of ${count.format(total)}`,
    rate: (rate: number) =>
      `${count.format(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))} a second`,
    left: (text: string) => `${text} left`,
    seconds: (value: number) => `${value} s`,
    minutes: (value: number) => `${value} min`,
    hours: (value: number, minutes: number) => `${value} h ${minutes} min`,
    lines: {
      live: "",
      reconnecting: "The connection was lost; the job goes on. Connecting again…",
      polling: "Asking every few seconds for news.",
    },
    failures: (value: number) => many(value, "file failed", "files failed"),
    failuresOf: "Files that failed",
    pages: "Pages of failed files",
    allPages: "Pages of jobs",
    file: "File",
    reason: "Reason",
    remedy: "What to do",
    added: (value: number) => `${many(value, "image", "images")} added`,
    unchanged: (value: number) => `${count.format(value)} there already`,
    passedOver: (value: number) => `${many(value, "file", "files")} that are not pictures passed over`,
    removed: (value: number) => `${count.format(value)} removed`,
    replaced: (value: number) => `${count.format(value)} replaced`,
    missing: (value: number) => `${many(value, "image has", "images have")} lost the file`,
    changed: (value: number) => `${many(value, "file has", "files have")} changed since`,
    givenBack: (size: string) => `${size} given back`,
    severities: { fault: "Fault", warning: "Warning", note: "Note" } as Readonly<Record<string, string>>,
    healthy: "Nothing is wrong.",
    findings: "What the check found",
  },

  extractors: {
    title: "Extractors",
    add: "Add an extractor",
    addTitle: (collection: string) => `Add an extractor to ${collection}`,
    addHint: "A job describes every image with it; it can be chosen in a search when all have been.",
    all: "All extractors are in this collection.",
    submit: "Add",
    drop: (name: string) => `Drop ${name}`,
    dropShort: "Drop",
    dropTitle: (name: string) => `Drop ${name}?`,
    dropText: (name: string, images: number) =>
      `The ${name} descriptors of ${many(images, "image", "images")} are deleted. The images stay. To have them back, add the extractor again; every image is then described anew.`,
    only: "The only extractor of a collection cannot be dropped.",
    complete: "Complete",
    missing: (missing: number) => `${many(missing, "image", "images")} to go`,
    metric: (metric: string) => `compared with ${metric}`,
  },

  upkeep: {
    menu: "More actions",
    check: "Check health",
    compact: "Compact",
    checkHint: "Reads all that is stored and says what is wrong with it.",
    compactHint: "Gives back the disk space of removed images.",
  },

  folders: {
    title: "Where the images are",
    uploads: "uploads",
    uploadsShown: "Uploaded copies",
    none: "No images yet.",
  },

  remove: {
    open: "Delete collection",
    title: (name: string) => `Delete ${name}?`,
    text: (images: number | null) =>
      images === null
        ? "Its descriptors and labels are deleted."
        : `The descriptors and labels of ${many(images, "image", "images")} are deleted.`,
    own: "Your own files stay untouched, where they are.",
    uploads: "Copies that were uploaded go to the trash and can be restored from there.",
    submit: "Delete",
    done: (name: string) => `${name} was deleted.`,
    undo: "Undo",
    undoHint: (folders: readonly string[]) =>
      folders.length > 0
        ? `Undo makes it anew and restores uploaded copies, without their labels. Add these folders again: ${folders.join(", ")}.`
        : "Undo makes it anew and restores uploaded copies, without their labels.",
  },

  gone: {
    title: "This collection is not there any more",
    text: "It may have been deleted meanwhile.",
  },

  trash: {
    none: "The trash is empty.",
    list: "Trash, latest first",
    hint: "Uploaded copies of deleted images and collections. Your own files never come here.",
    thrown: (date: string) => `thrown away ${date}`,
    restore: "Restore",
    restoreAnew: (name: string) => `Make ${name} anew and restore`,
    restored: (files: number, name: string) =>
      `${many(files, "file goes", "files go")} back into ${name}; a job makes them searchable again.`,
    empty: "Empty the trash",
    emptyTitle: "Empty the trash?",
    emptyText: (entries: number) =>
      `${many(entries, "entry is", "entries are")} deleted for good. This cannot be undone.`,
    emptied: (size: string) => `${size} given back.`,
    pages: "Pages of the trash",
  },
} as const;
