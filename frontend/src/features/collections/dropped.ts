/** The files that were dropped, those in dropped folders and below too. */
export async function droppedFiles(data: DataTransfer): Promise<File[]> {
  // both have to be read before the event is over
  const files = [...data.files];
  const entries = [...data.items].map((item) => item.webkitGetAsEntry());
  if (!entries.some((entry) => entry?.isDirectory)) return files;
  return (await Promise.all(entries.map(filesBelow))).flat();
}

async function filesBelow(entry: FileSystemEntry | null): Promise<File[]> {
  if (!entry || entry.name.startsWith(".")) return [];
  if (entry.isFile) return [await fileOf(entry as FileSystemFileEntry)];
  const children = await childrenOf((entry as FileSystemDirectoryEntry).createReader());
  return (await Promise.all(children.map(filesBelow))).flat();
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
}

/** A reader gives a part of a folder at a time, and an empty one at the end. */
async function childrenOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) return all;
    all.push(...some);
  }
}
