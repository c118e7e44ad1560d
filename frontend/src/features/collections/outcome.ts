import { formatBytes } from "@/lib/scores";
import { collectionStrings } from "./strings";

const strings = collectionStrings.jobs;

export interface Finding {
  readonly severity: string;
  readonly message: string;
  readonly remedy: string;
}

function fieldsOf(result: unknown): Readonly<Record<string, unknown>> {
  return typeof result === "object" && result !== null ? (result as Record<string, unknown>) : {};
}

const SENTENCES: readonly (readonly [string, (value: number) => string])[] = [
  ["added", strings.added],
  ["unchanged", strings.unchanged],
  ["replaced", strings.replaced],
  ["removed", strings.removed],
  ["missing", strings.missing],
  ["changed", strings.changed],
  ["passed_over", strings.passedOver],
];

/** What came of a job in a few words; the result's form is its kind's own, so what is not known is passed over. */
export function outcomeOf(result: unknown): string {
  const fields = fieldsOf(result);
  const parts = SENTENCES.map(([name, say]) => {
    const value = fields[name];
    const number = Array.isArray(value) ? value.length : value;
    return typeof number === "number" && (number > 0 || name === "added") ? say(number) : "";
  });
  const { extractor } = fields;
  if (typeof extractor === "string") parts.push(extractor);
  const given = fields.bytes_given_back;
  if (typeof given === "number") parts.push(strings.givenBack(formatBytes(given)));
  return parts.filter(Boolean).join(", ");
}

/** What a check found; undefined for a job of another kind. */
export function findingsOf(result: unknown): readonly Finding[] | undefined {
  const { findings } = fieldsOf(result);
  return Array.isArray(findings) ? (findings as Finding[]) : undefined;
}
