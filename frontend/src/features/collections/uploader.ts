import { Problem } from "@/lib/api";
import { send, type UploadAnswer } from "./sending";
import { collectionStrings } from "./strings";

export type FileState =
  | { readonly kind: "waiting" }
  | { readonly kind: "sending" }
  | { readonly kind: "stored" }
  | { readonly kind: "duplicate" }
  | { readonly kind: "failed"; readonly reason: string; readonly remedy: string };

export interface Item {
  readonly file: File;
  readonly state: FileState;
}

export interface Upload {
  readonly items: readonly Item[];
  /** Bytes of the request on its way that have gone out, as a share. */
  readonly share: number;
}

const BATCH_FILES = 50;
/** Well below the ten pictures of the largest size that the server takes in one request. */
const BATCH_BYTES = 64 * 2 ** 20;
const TOO_LARGE = 413;
const NOTHING: Upload = { items: [], share: 0 };

const strings = collectionStrings.upload;

/** Sends pictures to one collection, batch by batch, and keeps what became of each. It outlives the page. */
export class Uploader {
  #upload: Upload = NOTHING;
  #labels: readonly string[] = [];
  #stopping: AbortController | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(
    readonly collection: string,
    private readonly onAnswer: (answer: UploadAnswer) => void,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Upload => this.#upload;

  add(files: readonly File[], labels: readonly string[]): void {
    const added = files.map((file): Item => ({ file, state: { kind: "waiting" } }));
    this.#labels = labels;
    const kept = this.#stopping ? this.#upload.items : this.#upload.items.filter(hasFailed);
    this.#become({ items: [...kept, ...added] });
    void this.#run();
  }

  /** Send those again that failed. */
  retry(): void {
    this.#mark(
      this.#upload.items.filter(hasFailed).map(({ file }) => file),
      () => ({ kind: "waiting" }),
    );
    void this.#run();
  }

  /** Stop sending; what was not sent yet counts as failed and can be sent again. */
  stop(): void {
    this.#stopping?.abort();
  }

  /** Forget what became of earlier files. */
  clear(): void {
    if (!this.#stopping) this.#become(NOTHING);
  }

  async #run(): Promise<void> {
    if (this.#stopping) return;
    const stopping = new AbortController();
    this.#stopping = stopping;
    window.addEventListener("beforeunload", warn);
    let single = false;
    for (let batch = this.#next(single); batch.length > 0; batch = this.#next(single)) {
      single = await this.#send(batch, stopping.signal);
    }
    window.removeEventListener("beforeunload", warn);
    this.#stopping = undefined;
    this.#become({ share: 0 });
  }

  #next(single: boolean): readonly File[] {
    const waiting = this.#upload.items.filter(({ state }) => state.kind === "waiting");
    return batchOf(
      waiting.map(({ file }) => file),
      single ? 1 : BATCH_FILES,
    );
  }

  /** Whether the server found the batch too large, so that its files have to go one by one. */
  async #send(files: readonly File[], signal: AbortSignal): Promise<boolean> {
    this.#mark(files, () => ({ kind: "sending" }));
    try {
      const onProgress = (share: number) => {
        this.#become({ share });
      };
      const answer = await send({
        collection: this.collection,
        files,
        labels: this.#labels,
        signal,
        onProgress,
      });
      this.#mark(files, (place) => stateOf(answer.files[place]));
      this.onAnswer(answer);
    } catch (error) {
      if (error instanceof Problem && error.status === TOO_LARGE && files.length > 1) {
        this.#mark(files, () => ({ kind: "waiting" }));
        return true;
      }
      this.#mark(files, (place) => failed(error, place));
      // the server is away or refuses everybody: the others would fare alike
      if (!(error instanceof Problem) || error.status !== 422) this.#giveUp(error);
    }
    return false;
  }

  #giveUp(error: unknown): void {
    const left = this.#upload.items.filter(({ state }) => state.kind === "waiting").map(({ file }) => file);
    if (error instanceof Problem && error.status === TOO_LARGE) return;
    this.#mark(left, () => failed(error, -1));
  }

  #mark(files: readonly File[], state: (place: number) => FileState): void {
    const places = new Map(files.map((file, place) => [file, place]));
    this.#become({
      items: this.#upload.items.map((item) => {
        const place = places.get(item.file);
        return place === undefined ? item : { ...item, state: state(place) };
      }),
    });
  }

  #become(change: Partial<Upload>): void {
    this.#upload = { ...this.#upload, ...change };
    for (const tell of this.#listeners) tell();
  }
}

/** The first files that go into one request: so many, and so many bytes, but one at least. */
export function batchOf(files: readonly File[], most = BATCH_FILES, bytes = BATCH_BYTES): readonly File[] {
  let size = 0;
  const end = files.findIndex((file, place) => {
    size += file.size;
    return place > 0 && (place >= most || size > bytes);
  });
  return end < 0 ? files : files.slice(0, end);
}

export function hasFailed({ state }: Item): boolean {
  return state.kind === "failed";
}

function stateOf(result: UploadAnswer["files"][number] | undefined): FileState {
  if (!result) return { kind: "failed", reason: strings.unanswered, remedy: "" };
  if (result.state === "refused") return { kind: "failed", reason: result.reason, remedy: result.remedy };
  return { kind: result.state };
}

function failed(error: unknown, place: number): FileState {
  if (!(error instanceof Problem)) return { kind: "failed", reason: strings.stopped, remedy: "" };
  const own = error.fields.find(({ field }) => field === `images.${place}`);
  return { kind: "failed", reason: own?.message ?? error.detail, remedy: error.remedy };
}

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
