import { useElementSize } from "@mantine/hooks";

const USUAL = 640;
const LEAST = 260;

/** The width that a chart has room for, in pixels: text in it keeps its size on every screen. */
export function useWidth() {
  const { ref, width } = useElementSize<HTMLDivElement>();
  return { ref, width: width > 0 ? Math.max(LEAST, width) : USUAL };
}
