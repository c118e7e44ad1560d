import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { readReportState, writeReportState, type ReportState } from "./reportState";

export type Change = (patch: Partial<ReportState>) => void;

/** What the page shows, kept in the URL, so that back, forward and links work. */
export function useReportState(): readonly [ReportState, Change] {
  const [url, setUrl] = useSearchParams();
  const state = useMemo(() => readReportState(url), [url]);
  const change = useCallback<Change>(
    (patch) => {
      setUrl((before) => writeReportState({ ...readReportState(before), ...patch }), {
        preventScrollReset: true,
      });
    },
    [setUrl],
  );
  return [state, change];
}
