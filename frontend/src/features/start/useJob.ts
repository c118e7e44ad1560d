import { useEffect, useState } from "react";
import { watchJob, type Job, type Line } from "@/lib/jobs";

/** A job as it is now, from its news; `started` until the first of them. */
export function useJob(started: Job): { readonly job: Job; readonly line: Line } {
  const [job, setJob] = useState(started);
  const [line, setLine] = useState<Line>("live");
  useEffect(() => watchJob(started.id, { onJob: setJob, onLine: setLine }), [started.id]);
  return { job, line };
}
