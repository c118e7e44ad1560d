/** Where lists and menus that open over the page are put: inside its content, so that they belong to a landmark. */
export function overPage(): { readonly target: HTMLElement } {
  return { target: document.getElementById("content") ?? document.body };
}
