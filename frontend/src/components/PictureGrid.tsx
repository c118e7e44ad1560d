import { useWindowVirtualizer } from "@tanstack/react-virtual";
import {
  memo,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from "react";
import { isFull, justify } from "@/lib/justify";
import { gridTarget } from "@/lib/gridKeys";
import classes from "./PictureGrid.module.css";
import { strings } from "./strings";

export interface Picture {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly thumbnail: string;
  /** What it is called, for those who do not see it. */
  readonly name: string;
}

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
  const { label, pictures, onOpen, captionHeight = 0, onReachEnd, hasMore = false } = props;
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
    const all = justify(pictures, wanted);
    const last = all.at(-1);
    return hasMore && all.length > 1 && last && !isFull(last, wanted) ? all.slice(0, -1) : all;
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

  const current = Math.min(active, Math.max(0, pictures.length - 1));
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
        return (
          <div
            key={item.key}
            role="row"
            aria-rowindex={item.index + 1}
            className={classes.row}
            style={{ transform: `translateY(${item.start - place.top}px)` }}
          >
            {row.widths.map((width, column) => {
              const index = row.start + column;
              const picture = pictures[index];
              if (!picture) return null;
              return (
                <Cell
                  key={picture.id}
                  {...props}
                  picture={picture}
                  index={index}
                  width={width}
                  height={row.height}
                  captionHeight={captionHeight}
                  active={index === current}
                  onFocus={setActive}
                  onOpen={onOpen}
                />
              );
            })}
          </div>
        );
      })}
    </div>
  );
}

interface CellProps<P extends Picture> extends Props<P> {
  readonly picture: P;
  readonly index: number;
  readonly width: number;
  readonly height: number;
  readonly captionHeight: number;
  readonly active: boolean;
  readonly onFocus: (index: number) => void;
}

function DrawnCell<P extends Picture>(props: CellProps<P>) {
  const { picture, index, width, height, active, captionHeight, opens = strings.open } = props;
  const tabIndex = active ? 0 : -1;
  return (
    <div
      role="gridcell"
      className={classes.cell}
      style={{ width }}
      onFocus={() => {
        props.onFocus(index);
      }}
    >
      <div className={classes.frame} data-frame={props.frame?.(picture)} style={{ height }}>
        <button
          type="button"
          className={classes.open}
          data-index={index}
          tabIndex={tabIndex}
          aria-label={opens(picture.name)}
          onClick={() => {
            props.onOpen(index);
          }}
        >
          <img
            className={classes.image}
            src={`${picture.thumbnail}?size=320`}
            srcSet={`${picture.thumbnail}?size=320 320w, ${picture.thumbnail}?size=640 640w`}
            sizes={`${width}px`}
            width={width}
            height={height}
            alt=""
            decoding="async"
            draggable={false}
          />
        </button>
        {props.actions ? <div className={classes.actions}>{props.actions(picture, tabIndex)}</div> : null}
      </div>
      {props.caption ? (
        <div className={classes.caption} style={{ height: captionHeight }}>
          {props.caption(picture)}
        </div>
      ) : null}
    </div>
  );
}

/** Scrolling draws rows that come into sight, and leaves those that are there alone. */
const Cell = memo(DrawnCell) as typeof DrawnCell;

function rowHeightFor(width: number): number {
  if (width < 520) return 150;
  return width < 1100 ? 190 : 220;
}
