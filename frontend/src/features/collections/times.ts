import { collectionStrings } from "./strings";

const strings = collectionStrings.jobs;
const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A span of seconds as a person would say it. */
export function formatSpan(seconds: number): string {
  if (seconds < MINUTE) return strings.seconds(Math.max(1, Math.round(seconds)));
  if (seconds < HOUR) return strings.minutes(Math.round(seconds / MINUTE));
  return strings.hours(Math.floor(seconds / HOUR), Math.round((seconds % HOUR) / MINUTE));
}

const DATE = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

export function formatDate(iso: string): string {
  return DATE.format(new Date(iso));
}
