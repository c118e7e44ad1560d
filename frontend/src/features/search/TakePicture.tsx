import { Button } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCamera, IconPhotoSearch } from "@tabler/icons-react";
import { useRef, type ChangeEvent } from "react";
import { strings } from "./strings";
import type { PictureInput } from "./usePicture";

interface Props {
  readonly send: PictureInput["send"];
  /** Beside a query, where it is one choice among others. */
  readonly compact?: boolean;
}

const ACCEPTED = "image/*,.heic,.heif,.avif,.tif,.tiff";

/** Buttons that choose a picture's file, and where there is a camera at hand, take one. */
export function TakePicture({ send, compact = false }: Props) {
  const chooser = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const touch = useMediaQuery("(pointer: coarse)");
  const taken = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.currentTarget.files?.[0];
    event.currentTarget.value = "";
    if (file) send({ file });
  };
  const size = compact ? "sm" : "md";
  return (
    <>
      <Button
        size={size}
        mih={44}
        {...(compact ? { px: 12, variant: "default" } : {})}
        leftSection={<IconPhotoSearch size={20} aria-hidden />}
        onClick={() => chooser.current?.click()}
      >
        {compact ? strings.chooseOther : strings.choose}
      </Button>
      <input
        ref={chooser}
        type="file"
        accept={ACCEPTED}
        hidden
        aria-label={strings.choose}
        onChange={taken}
      />
      {touch ? (
        <>
          <Button
            size={size}
            mih={44}
            variant="default"
            {...(compact ? { px: 12 } : {})}
            leftSection={<IconCamera size={20} aria-hidden />}
            onClick={() => camera.current?.click()}
          >
            {compact ? strings.photographShort : strings.photograph}
          </Button>
          <input
            ref={camera}
            type="file"
            accept="image/*"
            capture="environment"
            hidden
            aria-label={strings.photograph}
            onChange={taken}
          />
        </>
      ) : null}
    </>
  );
}
