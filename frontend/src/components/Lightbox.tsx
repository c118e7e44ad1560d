import { ActionIcon, Modal, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useState, type KeyboardEvent, type ReactNode } from "react";
import { useFocusBack } from "@/lib/focusBack";
import classes from "./Lightbox.module.css";
import { strings } from "./strings";

interface Props {
  readonly title: string;
  readonly picture: {
    readonly src: string;
    readonly placeholder: string;
    readonly width: number;
    readonly height: number;
    readonly name: string;
  };
  readonly onClose: () => void;
  readonly onPrevious?: (() => void) | undefined;
  readonly onNext?: (() => void) | undefined;
  /** What is known of the picture. */
  readonly children: ReactNode;
}

/** One picture large, with what is known of it; arrow keys go on to the next, Escape closes. */
export function Lightbox({ title, picture, onClose, onPrevious, onNext, children }: Props) {
  useFocusBack();
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement) return;
    if (event.key === "ArrowLeft") onPrevious?.();
    if (event.key === "ArrowRight") onNext?.();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      fullScreen
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ "aria-label": strings.close, size: 44 }}
      onKeyDown={onKeyDown}
      classNames={{ body: classes.body ?? "", content: classes.content ?? "", title: classes.title ?? "" }}
    >
      <div className={classes.stage}>
        <Large key={picture.src} picture={picture} />
        {onPrevious ? (
          <Turn side="left" label={strings.previous} onClick={onPrevious}>
            <IconChevronLeft aria-hidden />
          </Turn>
        ) : null}
        {onNext ? (
          <Turn side="right" label={strings.next} onClick={onNext}>
            <IconChevronRight aria-hidden />
          </Turn>
        ) : null}
      </div>
      <aside className={classes.details}>{children}</aside>
    </Modal>
  );
}

function Large({ picture }: { readonly picture: Props["picture"] }) {
  const [failed, setFailed] = useState(false);
  if (failed) return <Text role="alert">{strings.pictureFailed}</Text>;
  return (
    <img
      className={classes.image}
      src={picture.src}
      alt={picture.name}
      width={picture.width}
      height={picture.height}
      style={{ backgroundImage: `url("${picture.placeholder}")` }}
      onError={() => {
        setFailed(true);
      }}
    />
  );
}

interface TurnProps {
  readonly side: "left" | "right";
  readonly label: string;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

function Turn({ side, label, onClick, children }: TurnProps) {
  return (
    <ActionIcon
      className={classes.turn ?? ""}
      data-side={side}
      variant="default"
      size={48}
      radius="xl"
      aria-label={label}
      onClick={onClick}
    >
      {children}
    </ActionIcon>
  );
}
