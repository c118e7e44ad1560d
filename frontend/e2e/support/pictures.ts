import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { GALLERY } from "./paths";
import { placeOf } from "./test";

/** A picture of the demo gallery, as `coffee/cropped.jpg`. */
export function pictureOf(name: string): string {
  return join(GALLERY, "images", name);
}

/** An image's id is the SHA-256 of its file, whatever the server says. */
export function idOf(name: string): string {
  return createHash("sha256")
    .update(readFileSync(pictureOf(name)))
    .digest("hex");
}

/** Drop files on the middle of an element as the system's file manager does. */
export async function dropOn(page: Page, target: Locator, files: readonly string[]): Promise<void> {
  const box = await placeOf(target);
  const session = await page.context().newCDPSession(page);
  const point = { x: box.x + box.width / 2, y: box.y + Math.min(box.height / 2, 300) };
  const drag = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, ...point, data: drag });
  }
  await session.detach();
}

/** Put a picture on the clipboard, and press the keys that paste it. */
export async function paste(page: Page, file: string): Promise<void> {
  const bytes = readFileSync(file).toString("base64");
  await page.evaluate(async (content) => {
    const picture = new Blob([Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0))], {
      type: "image/png",
    });
    await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
  }, bytes);
  await page.keyboard.press("Control+V");
}

/** As a browser's form sends it. */
export function formWith(file: string, fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  form.append("image", new File([readFileSync(file)], basename(file)));
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}
