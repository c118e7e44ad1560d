import { useWindowVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from "react";
import { justify, type PlacedRow } from "@/lib/justify";
import { gridTarget } from "@/lib/gridKeys";
import { PictureRow, type Drawing, type Picture } from "./PictureCell";
import classes from "./PictureGrid.module.css";
import { strings } from "./strings";

export type { Picture } from "./PictureCell";

/** Functions are best the same at each drawing: with new ones all pictures in sight are drawn again. */
interface Props<P extends Picture> {
  readonly label: string;
  readonly pictures: readonly P[];
  readonly onOpen: (index: number) => void;
  /** What a press on a picture does, in words; by default it is opened. */
  readonly opens?: (name: string) => string;
  /** What stands below each picture; always `captionHeight` pixels high. */
  readonly caption?: (picture: P) => ReactNode;
  readonly captionHeight?: number;
  /** Buttons on each picture; `tabIndex` keeps all but the active picture's out of the tab order. */
  readonly actions?: (picture: P, tabIndex: 0 | -1) => ReactNode;
  readonly frame?: (picture: P) => "liked" | "disliked" | undefined;
  readonly onReachEnd?: () => void;
  readonly hasMore?: boolean;
}

const GAP = 10;
const NARROWEST = 144;
const OVERSCAN = 3;
const AHEAD = 4;

/** Any number of pictures in rows, of which only those near the screen are drawn. Arrow keys walk over them. */
export function PictureGrid<P extends Picture>(props: Props<P>) {
  const { label, pictures, captionHeight = 0, onReachEnd, hasMore = false } = props;
  const { onOpen, opens = strings.open, caption, actions, frame } = props;
  const container = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ width: 0, top: 0 });
  const [active, setActive] = useState(0);
  const focusing = useRef<number | null>(null);

  useLayoutEffect(() => {
    const element = container.current;
    if (!element) return;
    const measure = () => {
      const box = element.getBoundingClientRect();
      const next = { width: Math.floor(box.width) || window.innerWidth, top: box.top + window.scrollY };
      setPlace((old) => (old.width === next.width && old.top === next.top ? old : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    observer.observe(document.body);
    return () => {
      observer.disconnect();
    };
  }, []);

  const rows = useMemo(() => {
    if (place.width === 0) return [];
    const wanted = {
      width: place.width,
      rowHeight: rowHeightFor(place.width),
      gap: GAP,
      narrowest: NARROWEST,
    };
    return justify(pictures, wanted, hasMore);
  }, [pictures, place.width, hasMore]);

  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => (rows[index]?.height ?? 0) + captionHeight + GAP,
    overscan: OVERSCAN,
    scrollMargin: place.top,
    useFlushSync: false,
    scrollPaddingStart: 140,
    initialRect: { width: window.innerWidth, height: window.innerHeight },
  });
  useLayoutEffect(() => {
    virtualizer.measure();
  }, [rows, captionHeight, virtualizer]);

  const shown = virtualizer.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? -1;
  useEffect(() => {
    if (hasMore && lastShown >= rows.length - AHEAD) onReachEnd?.();
  }, [hasMore, lastShown, rows.length, onReachEnd]);

  useEffect(() => {
    if (focusing.current === null) return;
    const target = container.current?.querySelector<HTMLElement>(`[data-index="${focusing.current}"]`);
    if (!target) return;
    focusing.current = null;
    target.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const next = gridTarget(event.key, Math.min(active, pictures.length - 1), rows);
    if (next === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    focusing.current = next;
    setActive(next);
    virtualizer.scrollToIndex(rows.findIndex((row) => next < row.start + row.widths.length));
  };

  const current = reachable(
    Math.min(active, pictures.length - 1),
    shown,
    rows,
    virtualizer.range?.startIndex,
  );
  const isScrolling = useCallback(() => virtualizer.isScrolling, [virtualizer]);
  const drawing = useMemo<Drawing<P>>(
    () => ({ onOpen, onFocus: setActive, opens, caption, captionHeight, actions, frame }),
    [onOpen, opens, caption, captionHeight, actions, frame],
  );
  return (
    <div
      ref={container}
      role="grid"
      aria-label={label}
      aria-rowcount={hasMore ? -1 : rows.length}
      tabIndex={-1}
      className={classes.grid}
      style={{ height: virtualizer.getTotalSize() }}
      onKeyDown={onKeyDown}
    >
      {shown.map((item) => {
        const row = rows[item.index];
        if (!row) return null;
        const own = current >= row.start && current < row.start + row.widths.length;
        return (
          <PictureRow
            key={item.key}
            row={row}
            number={item.index + 1}
            top={item.start - place.top}
            pictures={pictures}
            current={own ? current : -1}
            drawing={drawing}
            isScrolling={isScrolling}
          />
        );
      })}
    </div>
  );
}

/** The picture that Tab leads to: the last that was chosen, or where it was scrolled away, the first in sight. */
function reachable(
  chosen: number,
  shown: readonly VirtualItem[],
  rows: readonly PlacedRow[],
  firstInSight = 0,
): number {
  const first = rows[shown[0]?.index ?? 0];
  const last = rows[shown.at(-1)?.index ?? 0];
  const there = first && last && chosen >= first.start && chosen < last.start + last.widths.length;
  return there ? chosen : (rows[firstInSight]?.start ?? 0);
}

function rowHeightFor(width: number): number {
  if (width < 520) return 150;
  return width < 1100 ? 190 : 220;
}
