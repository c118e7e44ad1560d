import { answered, api, type Schemas } from "./api";
import { strings } from "./strings";

export type Job = Schemas["Job"];

/** How news of a job arrive: as they happen, once the connection is back, or by asking now and then. */
export type Line = "live" | "reconnecting" | "polling";

interface Watcher {
  readonly onJob: (job: Job) => void;
  readonly onLine: (line: Line) => void;
}

const POLL_MS = 2_000;
/** After so many questions the event stream is tried again. */
const POLLS = 5;

export function isActive(job: Pick<Job, "state">): boolean {
  return job.state === "queued" || job.state === "running";
}

/**
 * Tell each change of a job until it has ended. A lost stream is taken up again by the browser, from the last event
 * on; one that the server refuses is replaced by questions, and tried again after some of them.
 *
 * @returns what stops it.
 */
export function watchJob(id: string, { onJob, onLine }: Watcher): () => void {
  let stop: () => void = () => undefined;

  const listen = () => {
    const source = new EventSource(`/api/v1/jobs/${encodeURIComponent(id)}/events`);
    const told = (event: MessageEvent<string>) => {
      onLine("live");
      onJob(JSON.parse(event.data) as Job);
    };
    source.addEventListener("progress", told);
    source.addEventListener("end", (event: MessageEvent<string>) => {
      source.close();
      told(event);
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) {
        onLine("polling");
        stop = ask(id, onJob, listen);
      } else {
        onLine("reconnecting");
      }
    });
    stop = () => {
      source.close();
    };
  };

  listen();
  return () => {
    stop();
  };
}

function ask(id: string, onJob: (job: Job) => void, listen: () => void): () => void {
  const leaving = new AbortController();
  let left = POLLS;
  const next = async () => {
    try {
      const request = api.GET("/api/v1/jobs/{id}", { params: { path: { id } }, signal: leaving.signal });
      const job = await answered(request, strings.app.away);
      onJob(job);
      if (!isActive(job)) return;
    } catch {
      // the server is away or the job is gone; whoever lists the jobs says so
    }
    if (leaving.signal.aborted) return;
    left -= 1;
    if (left > 0) timer = setTimeout(() => void next(), POLL_MS);
    else listen();
  };
  let timer = setTimeout(() => void next(), 0);
  return () => {
    clearTimeout(timer);
    leaving.abort();
  };
}
