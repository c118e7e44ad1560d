import { useQuery } from "@tanstack/react-query";
import type { Middleware } from "openapi-fetch";
import { useSyncExternalStore } from "react";
import { answered, api, type Schemas } from "./api";
import { strings } from "./strings";

export type Session = Schemas["Session"];

/** Whether a person is being asked for a key, so that requests which were refused can be repeated. */
export type Login = { readonly kind: "quiet" } | { readonly kind: "asked" };

const ADDRESS = "/api/v1/session";
const UNAUTHORIZED = 401;
const QUIET: Login = { kind: "quiet" };

let login: Login = QUIET;
let waiting: readonly ((loggedIn: boolean) => void)[] = [];
const listeners = new Set<() => void>();

function become(next: Login): void {
  login = next;
  for (const tell of listeners) tell();
}

/** Open the login dialog. Resolves when it closes, with whether a key was accepted. */
export function askForKey(): Promise<boolean> {
  return new Promise((resolve) => {
    waiting = [...waiting, resolve];
    if (login.kind === "quiet") become({ kind: "asked" });
  });
}

/** Close the login dialog and tell all who wait for it. */
export function endLogin(loggedIn: boolean): void {
  const told = waiting;
  waiting = [];
  become(QUIET);
  for (const tell of told) tell(loggedIn);
}

export function useLogin(): Login {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => login,
  );
}

/** Holds a request that needs a key until there is one, and sends it again; refused for good if the dialog is closed. */
export function repeatAfterLogin(): Middleware {
  const sent = new Map<string, Request>();
  return {
    onRequest({ request, id, schemaPath }) {
      if (schemaPath !== ADDRESS) sent.set(id, request.clone());
      return undefined;
    },
    async onResponse({ response, id }) {
      const again = sent.get(id);
      sent.delete(id);
      if (response.status !== UNAUTHORIZED || !again) return undefined;
      return (await askForKey()) ? fetch(again) : undefined;
    },
    onError({ id }) {
      sent.delete(id);
      return undefined;
    },
  };
}

/** Who the server takes this browser for. */
export function useSession() {
  return useQuery({
    queryKey: ["session"],
    queryFn: ({ signal }) => answered(api.GET(ADDRESS, { signal }), strings.app.away),
    staleTime: 60_000,
  });
}

/** Whether this browser may change things; false until the server has said so. */
export function useMayWrite(): boolean {
  return useSession().data?.role === "write";
}

export function logIn(key: string): Promise<Session> {
  return answered(api.POST(ADDRESS, { body: { key } }), strings.app.away);
}

export async function logOut(): Promise<void> {
  await answered(api.DELETE(ADDRESS), strings.app.away);
}
