import { Button, Card, Group, Progress, Stack, Text } from "@mantine/core";
import classes from "./collections.module.css";
import { collectionStrings } from "./strings";
import { hasFailed, type Item, type Upload, type Uploader } from "./uploader";

const strings = collectionStrings.upload;
const MOST_SHOWN = 100;

interface Props {
  readonly uploader: Uploader;
  readonly upload: Upload;
}

/** How far an upload is and what became of each file. */
export function UploadProgress({ uploader, upload }: Props) {
  const { items } = upload;
  const number = (kind: Item["state"]["kind"]) => items.filter(({ state }) => state.kind === kind).length;
  const sending = number("sending");
  const ended = items.length - sending - number("waiting");
  const failures = number("failed");
  const busy = ended < items.length;
  return (
    <Card withBorder padding="sm" component="section" aria-label={strings.title}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Text size="sm" fw={600} role="status" className={classes.numbers ?? ""}>
            {busy
              ? strings.sending(ended, items.length)
              : strings.finished(number("stored"), number("duplicate"), failures)}
          </Text>
          <Group gap="xs">
            {busy ? (
              <Button
                variant="default"
                h={44}
                onClick={() => {
                  uploader.stop();
                }}
              >
                {strings.stop}
              </Button>
            ) : (
              <Button
                variant="default"
                h={44}
                onClick={() => {
                  uploader.clear();
                }}
              >
                {collectionStrings.dismiss}
              </Button>
            )}
            {failures > 0 && !busy ? (
              <Button
                h={44}
                onClick={() => {
                  uploader.retry();
                }}
              >
                {strings.retry(failures)}
              </Button>
            ) : null}
          </Group>
        </Group>
        {busy ? (
          <Progress
            size="md"
            value={(100 * (ended + sending * upload.share)) / items.length}
            aria-label={strings.progress}
          />
        ) : null}
        <Files items={items} />
      </Stack>
    </Card>
  );
}

/** Those that failed come first: they are what a person has to do something about. */
function Files({ items }: { readonly items: readonly Item[] }) {
  const sorted = [...items.filter(hasFailed), ...items.filter((item) => !hasFailed(item))];
  const more = items.length - MOST_SHOWN;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a list that scrolls has to be reached by keyboard
    <ul className={classes.rows} aria-label={strings.list} tabIndex={0}>
      {sorted.slice(0, MOST_SHOWN).map(({ file, state }, place) => (
        <li key={`${place} ${file.name}`}>
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <div>
              <Text size="sm" className={classes.breaks ?? ""}>
                {file.name}
              </Text>
              {state.kind === "failed" ? (
                <Text size="sm" c="dimmed">
                  {state.reason} {state.remedy}
                </Text>
              ) : null}
            </div>
            <Text
              size="sm"
              fw={500}
              className={classes.state ?? ""}
              data-failed={state.kind === "failed" || undefined}
            >
              {strings.states[state.kind]}
            </Text>
          </Group>
        </li>
      ))}
      {more > 0 ? <li>{strings.more(more)}</li> : null}
    </ul>
  );
}
