import createClient from "openapi-fetch";
import type { components, paths } from "@/types/api";

export type Schemas = components["schemas"];

/** The API of the server that delivered the page. */
export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

/** What went wrong with a request: a problem document of the server, or no answer at all. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly remedy: string,
    readonly fields: readonly { readonly field: string; readonly message: string }[] = [],
  ) {
    super(`${detail} ${remedy}`.trim());
  }

  /** Whether the same request may succeed a little later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status === 503;
  }
}

interface Result<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The body of an answer. Throws a `Problem` for any other than a success. */
export async function answered<T>(request: Promise<Result<T>>, away: string): Promise<T> {
  let result: Result<T>;
  try {
    result = await request;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, away, away, "");
  }
  if (result.response.ok) return result.data as T;
  throw problemOf(result.response.status, result.error);
}

export function problemOf(status: number, body: unknown): Problem {
  const document = (typeof body === "object" && body !== null ? body : {}) as Partial<Schemas["Problem"]>;
  return new Problem(
    status,
    document.title ?? `HTTP ${status}`,
    document.detail ?? "",
    document.remedy ?? "",
    document.fields ?? [],
  );
}
