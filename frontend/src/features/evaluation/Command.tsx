import { Button, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import classes from "./EvaluationsPage.module.css";
import { strings } from "./strings";

type Copying = "idle" | "copied" | "failed";

const TEXTS: Readonly<Record<Copying, string>> = {
  idle: strings.copy,
  copied: strings.copied,
  failed: strings.copyFailed,
};

/** The command that makes a report, to be taken along. */
export function Command() {
  const [copying, setCopying] = useState<Copying>("idle");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(strings.command);
      setCopying("copied");
    } catch {
      // a page that did not come over HTTPS or from this machine has no clipboard
      setCopying("failed");
    }
  };
  return (
    <div>
      <div className={classes.command}>
        <code className={classes.code}>{strings.command}</code>
        <Button
          variant="default"
          h={44}
          leftSection={
            copying === "copied" ? <IconCheck size={18} aria-hidden /> : <IconCopy size={18} aria-hidden />
          }
          onClick={() => void copy()}
        >
          <span aria-live="polite">{TEXTS[copying]}</span>
        </Button>
      </div>
      <Text size="sm" c="dimmed" mt={6} maw={560}>
        {strings.commandFor}
      </Text>
    </div>
  );
}
