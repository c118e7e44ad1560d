import { ActionIcon, Indicator } from "@mantine/core";
import { IconStack2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { answered, api } from "@/lib/api";
import { useMayWrite } from "@/lib/session";
import { strings } from "@/lib/strings";
import { frame } from "./frame.strings";

const BUSY_MS = 3_000;
const IDLE_MS = 20_000;

/** How many jobs are running or queued; 0 where this browser may not know. */
function useActiveJobs(): number {
  const mayWrite = useMayWrite();
  const count = async (state: "queued" | "running", signal: AbortSignal) => {
    const query = { state, limit: 1 } as const;
    return (await answered(api.GET("/api/v1/jobs", { params: { query }, signal }), strings.app.away)).total;
  };
  const { data = 0 } = useQuery({
    queryKey: ["jobs", "active"],
    queryFn: async ({ signal }) => {
      const counts = await Promise.all([count("running", signal), count("queued", signal)]);
      return counts[0] + counts[1];
    },
    enabled: mayWrite,
    refetchInterval: (query) => (query.state.data ? BUSY_MS : IDLE_MS),
    retry: false,
  });
  return data;
}

/** Leads to the jobs, and says from everywhere whether some are at work. */
export function JobsIndicator() {
  const active = useActiveJobs();
  const label = frame.jobs(active);
  return (
    <Indicator
      disabled={active === 0}
      label={active}
      size={16}
      offset={8}
      color="indigo.7"
      aria-live="polite"
      inline
    >
      <ActionIcon
        component={Link}
        to="/collections?view=jobs"
        size={44}
        variant="subtle"
        color="gray"
        aria-label={label}
        title={label}
      >
        <IconStack2 size={20} aria-hidden />
      </ActionIcon>
    </Indicator>
  );
}
