/** What can be seen to be wrong without eyes: runs in the page. */
export function lookAt({ phone }) {
  const faults = [];
  const over = document.documentElement.scrollWidth - window.innerWidth;
  if (over > 0) faults.push(`${over} px wider than the screen`);
  if (!phone) return faults;
  const TARGET = 44;
  const ABOUT = 0.5;
  const named = (element) =>
    (element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 40);
  const targets = document.querySelectorAll("button, a[href], input:not([type=hidden]), select, [role=tab]");
  for (const one of targets) {
    const box = one.getBoundingClientRect();
    const style = getComputedStyle(one);
    if (box.width <= 1 || box.height <= 1 || style.visibility === "hidden" || box.right <= 0) continue;
    const inText = one.tagName === "A" && style.display === "inline";
    const label = one.labels?.[0]?.getBoundingClientRect();
    const field = one.closest(".mantine-Input-wrapper")?.getBoundingClientRect();
    const height = Math.max(
      box.height,
      one.tagName === "INPUT" && field ? field.height : 0,
      label && one.type !== "text" ? label.height : 0,
    );
    if (!inText && (height < TARGET - ABOUT || (box.width < TARGET - ABOUT && !label))) {
      faults.push(
        `${one.tagName.toLowerCase()} "${named(one)}" ${Math.round(box.width)} x ${Math.round(height)}`,
      );
    }
  }
  return faults;
}
