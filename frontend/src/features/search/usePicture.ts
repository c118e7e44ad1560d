import { useCallback, useEffect, useRef, useState } from "react";
import type { Schemas } from "@/lib/api";
import { Problem } from "@/lib/api";
import { keepPicture } from "./api";
import { strings } from "./strings";

export type Source = { readonly file: File } | { readonly url: string };

/** A picture on its way to the server. What failed is kept, so that it can be sent again. */
export type Sending =
  | { readonly kind: "idle" }
  | { readonly kind: "sending"; readonly source: Source; readonly preview: string }
  | { readonly kind: "failed"; readonly source: Source | null; readonly problem: unknown };

export interface PictureInput {
  readonly sending: Sending;
  readonly send: (source: Source) => void;
  readonly refuse: (problem: Problem) => void;
  readonly stop: () => void;
}

const IDLE: Sending = { kind: "idle" };

export function nameOf(source: Source | null): string {
  if (!source) return "";
  return "file" in source ? source.file.name : source.url;
}

/** Sends a picture; another one, or `stop`, ends what is under way. */
export function usePicture(onTaken: (picture: Schemas["PictureToSearchWith"]) => void): PictureInput {
  const [sending, setSending] = useState<Sending>(IDLE);
  const underway = useRef<AbortController | null>(null);
  const taken = useRef(onTaken);
  useEffect(() => {
    taken.current = onTaken;
  });
  useEffect(() => () => underway.current?.abort(), []);

  const stop = useCallback(() => {
    underway.current?.abort();
    underway.current = null;
    setSending(IDLE);
  }, []);

  const refuse = useCallback((problem: Problem, source: Source | null = null) => {
    underway.current?.abort();
    setSending({ kind: "failed", source, problem });
  }, []);

  const send = useCallback((source: Source) => {
    underway.current?.abort();
    if ("file" in source && isNoPicture(source.file)) {
      setSending({ kind: "failed", source: null, problem: noPicture(source.file.name) });
      return;
    }
    const mine = new AbortController();
    underway.current = mine;
    const preview = "file" in source ? URL.createObjectURL(source.file) : "";
    setSending({ kind: "sending", source, preview });
    keepPicture(source, mine.signal)
      .then(
        (picture) => {
          if (mine.signal.aborted) return;
          setSending(IDLE);
          taken.current(picture);
        },
        (problem: unknown) => {
          if (!mine.signal.aborted) setSending({ kind: "failed", source, problem });
        },
      )
      .finally(() => {
        if (preview) URL.revokeObjectURL(preview);
      });
  }, []);

  return { sending, send, refuse, stop };
}

/** Whether the browser itself knows that it is something else; what it does not know, the server judges. */
function isNoPicture(file: File): boolean {
  return file.type !== "" && !file.type.startsWith("image/") && file.type !== "application/octet-stream";
}

function noPicture(name: string): Problem {
  return new Problem(415, strings.notSent(name), strings.notAPicture, strings.pictures);
}
