import { useEffect, useState } from "react";
import { Problem } from "@/lib/api";
import { strings } from "./strings";
import type { PictureInput } from "./usePicture";

/** Takes pictures that are dropped anywhere on the page or pasted. Returns whether something is being dragged over it. */
export function useDropAndPaste({ send, refuse }: Pick<PictureInput, "send" | "refuse">): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const take = (data: DataTransfer | null) => {
      const file = data?.files[0];
      const url = addressIn(data);
      if (file) send({ file });
      else if (url) send({ url });
      return Boolean(file ?? url);
    };
    const drag = (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      if (!take(event.dataTransfer)) {
        refuse(new Problem(415, strings.nothingDropped, strings.dropFile, ""));
      }
    };
    const paste = (event: ClipboardEvent) => {
      if (isEditing(event.target)) return;
      if (take(event.clipboardData)) event.preventDefault();
    };
    document.addEventListener("dragover", drag);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("dragover", drag);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
      document.removeEventListener("paste", paste);
    };
  }, [send, refuse]);
  return over;
}

function addressIn(data: DataTransfer | null): string | undefined {
  const text = data?.getData("text/uri-list") || data?.getData("text/plain") || "";
  return /^https?:\/\/\S+$/.exec(text.trim().split("\n")[0] ?? "")?.[0];
}

function isEditing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName))
  );
}
