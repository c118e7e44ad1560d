/** What has to be known of a deleted collection to make it again. */
export interface Undoable {
  readonly name: string;
  readonly extractors: readonly string[];
  readonly folders: readonly string[];
  readonly entry: string | null;
}

/** The collection whose deletion led to a page, by the page's state in the browser's history. */
export function undoableOf(state: unknown): Undoable | undefined {
  if (typeof state !== "object" || state === null || !("deleted" in state)) return undefined;
  return state.deleted as Undoable;
}
