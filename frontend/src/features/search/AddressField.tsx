import { Button, TextInput } from "@mantine/core";
import { IconWorldDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useServer } from "./api";
import classes from "./StartChoices.module.css";
import { strings } from "./strings";
import type { PictureInput } from "./usePicture";

interface Props {
  readonly send: PictureInput["send"];
}

/** The address of a picture on the web, where this server may fetch from there. */
export function AddressField({ send }: Props) {
  const server = useServer();
  const [typed, setTyped] = useState("");
  if (!server.data?.url_queries) return null;
  return (
    <form
      className={classes.words}
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim()) send({ url: typed.trim() });
      }}
    >
      <TextInput
        type="url"
        aria-label={strings.address}
        placeholder={strings.addressHint}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
        }}
        className={classes.field ?? ""}
      />
      <Button
        type="submit"
        variant="default"
        mih={44}
        leftSection={<IconWorldDownload size={18} aria-hidden />}
      >
        {strings.fetchAddress}
      </Button>
    </form>
  );
}
