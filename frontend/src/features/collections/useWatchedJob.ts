import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { isActive, watchJob, type Job, type Line } from "@/lib/jobs";
import { tellOfJob } from "./api";

/** Keep a job's place in every list up to date while it is at work; how its news arrive. */
export function useWatchedJob(job: Job, watched: boolean): Line {
  const client = useQueryClient();
  const [line, setLine] = useState<Line>("live");
  const watching = watched && isActive(job);
  useEffect(() => {
    if (!watching) return undefined;
    return watchJob(job.id, {
      onJob: (news) => {
        tellOfJob(client, news);
      },
      onLine: setLine,
    });
  }, [client, job.id, watching]);
  return watching ? line : "live";
}
