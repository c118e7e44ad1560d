import { Problem } from "./api";

export type Missing = "collection" | "query" | "image";

/** What of a search is no longer there, if that is what a problem says. */
export function goneField(error: unknown): Missing | null {
  if (!(error instanceof Problem) || error.status !== 404) return null;
  const field = error.fields[0]?.field ?? "";
  if (field === "collection") return "collection";
  if (field === "query" || field.endsWith(".query")) return "query";
  return field === "image_id" || field.startsWith("positive") || field.startsWith("negative")
    ? "image"
    : null;
}
