import { Button, Group, Modal, Text } from "@mantine/core";
import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { placeOf, type Crop, type Size } from "@/lib/crop";
import { between, middle, moved, type Corner, type Grip, type Point } from "@/lib/cropping";
import { useFocusBack } from "@/lib/focusBack";
import classes from "./CropDialog.module.css";
import { strings } from "./strings";

interface Props {
  readonly src: string;
  /** The upright picture's own pixels, in which the frame is given. */
  readonly size: Size;
  readonly crop: Crop | null;
  readonly onChosen: (crop: Crop) => void;
  readonly onClose: () => void;
}

type Drag =
  | { readonly kind: "draw"; readonly from: Point }
  | { readonly kind: "move"; readonly grip: Grip; readonly from: Point; readonly crop: Crop };

const CORNERS: readonly Corner[] = ["nw", "ne", "sw", "se"];
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** A step of an arrow key, and with Shift, as a share of the picture's longer side. */
const STEP = 0.01;
const LARGE_STEP = 0.1;

/** A picture with a frame on it, which mouse, finger and keyboard can draw, move and stretch. */
export function CropDialog({ src, size, crop, onChosen, onClose }: Props) {
  useFocusBack();
  const [frame, setFrame] = useState<Crop>(crop ?? middle(size));
  const stage = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag | null>(null);

  const pointOf = (event: PointerEvent): Point => {
    const box = stage.current?.getBoundingClientRect();
    if (!box || box.width === 0) return { x: 0, y: 0 };
    return {
      x: ((event.clientX - box.left) * size.width) / box.width,
      y: ((event.clientY - box.top) * size.height) / box.height,
    };
  };
  const onDown = (event: PointerEvent) => {
    const grip =
      event.target instanceof HTMLElement ? (event.target.dataset.grip as Grip | undefined) : undefined;
    const from = pointOf(event);
    drag.current = grip ? { kind: "move", grip, from, crop: frame } : { kind: "draw", from };
    stage.current?.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent) => {
    const now = drag.current;
    if (!now) return;
    const at = pointOf(event);
    setFrame(
      now.kind === "draw"
        ? between(now.from, at, size)
        : moved(now.crop, now.grip, at.x - now.from.x, at.y - now.from.y, size),
    );
  };
  const onKey = (grip: Grip) => (event: KeyboardEvent) => {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const step = Math.max(1, Math.max(size.width, size.height) * (event.shiftKey ? LARGE_STEP : STEP));
    setFrame((now) => moved(now, grip, arrow[0] * step, arrow[1] * step, size));
  };
  const end = () => {
    drag.current = null;
  };

  return (
    <Modal
      opened
      onClose={onClose}
      title={strings.cropTitle}
      size="xl"
      centered
      closeButtonProps={{ "aria-label": strings.cancel }}
    >
      <Text size="sm" c="dimmed" mb="sm">
        {strings.cropHelp}
      </Text>
      <div
        ref={stage}
        className={classes.stage}
        style={{
          aspectRatio: `${size.width} / ${size.height}`,
          maxWidth: `calc(60vh * ${size.width / size.height})`,
        }}
        onPointerDown={onDown}
        onPointerMove={onMove}
        onPointerUp={end}
        onPointerCancel={end}
      >
        <img src={src} alt="" className={classes.image} draggable={false} />
        <div className={classes.frame} style={placeOf(frame, size)}>
          <button
            type="button"
            data-grip="frame"
            data-autofocus
            className={classes.inside}
            aria-label={`${strings.cropFrame}: ${strings.cropSize(frame, frame.x, frame.y)}`}
            onKeyDown={onKey("frame")}
          />
          {CORNERS.map((corner) => (
            <button
              key={corner}
              type="button"
              data-grip={corner}
              className={classes.corner}
              aria-label={strings.cropCorner[corner]}
              onKeyDown={onKey(corner)}
            />
          ))}
        </div>
      </div>
      <Group justify="space-between" mt="md">
        <Text size="sm" aria-live="polite">
          {strings.cropSize(frame, frame.x, frame.y)}
        </Text>
        <Group gap="xs">
          <Button variant="default" mih={44} onClick={onClose}>
            {strings.cancel}
          </Button>
          <Button
            mih={44}
            onClick={() => {
              onChosen(frame);
            }}
          >
            {strings.cropGo}
          </Button>
        </Group>
      </Group>
    </Modal>
  );
}
