import { Problem, problemOf, type Schemas } from "@/lib/api";
import { askForKey } from "@/lib/session";
import { strings } from "@/lib/strings";

export type UploadAnswer = Schemas["UploadAnswer"];

interface Sending {
  readonly collection: string;
  readonly files: readonly File[];
  readonly labels: readonly string[];
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

const UNAUTHORIZED = 401;

/**
 * Send pictures in one request and tell how much of it has gone out.
 *
 * @throws Problem as the server answered, or with status 0 where the connection was lost.
 */
export async function send(sending: Sending): Promise<UploadAnswer> {
  try {
    return await sendOnce(sending);
  } catch (error) {
    const refused = error instanceof Problem && error.status === UNAUTHORIZED;
    if (!refused || !(await askForKey())) throw error;
    return sendOnce(sending);
  }
}

/** `fetch` tells nothing of what has been sent, so this is an XMLHttpRequest. */
function sendOnce({ collection, files, labels, signal, onProgress }: Sending): Promise<UploadAnswer> {
  const form = new FormData();
  for (const file of files) form.append("images", file, file.name);
  for (const label of labels) form.append("labels", label);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => {
      request.abort();
    };
    signal.addEventListener("abort", stop);
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      if (total > 0) onProgress(loaded / total);
    });
    request.addEventListener("load", () => {
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body as UploadAnswer);
      else reject(problemOf(request.status, body));
    });
    request.addEventListener("error", () => {
      reject(new Problem(0, strings.app.away, strings.app.away, ""));
    });
    request.addEventListener("abort", () => {
      reject(new DOMException("stopped", "AbortError"));
    });
    request.addEventListener("loadend", () => {
      signal.removeEventListener("abort", stop);
    });
    request.open("POST", `/api/v1/collections/${encodeURIComponent(collection)}/images`);
    request.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
