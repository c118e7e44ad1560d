import { Button, Group, Loader, Text } from "@mantine/core";
import { IconArrowLeft, IconChevronRight, IconFolder } from "@tabler/icons-react";
import { useState } from "react";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useFolders } from "./api";
import classes from "./StartPage.module.css";
import { strings } from "./strings";

interface Props {
  readonly busy: boolean;
  readonly onChosen: (folder: { readonly path: string; readonly name: string }) => void;
}

/** Walk through the server's folders and choose one. */
export function FolderPicker({ busy, onChosen }: Props) {
  const [path, setPath] = useState("");
  const { data, error, isPending, refetch } = useFolders(path);
  if (error) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (isPending) return <Loader size="sm" aria-label={strings.folders} />;
  return (
    <div>
      {path ? (
        <Button
          variant="subtle"
          mih={44}
          leftSection={<IconArrowLeft size={18} aria-hidden />}
          onClick={() => {
            setPath(path.split("/").slice(0, -1).join("/"));
          }}
        >
          {strings.up(path.split("/").at(-2) ?? strings.top)}
        </Button>
      ) : null}
      {data.folders.length === 0 ? (
        <Text size="sm">{path ? strings.noFolders : strings.noRoots}</Text>
      ) : (
        <ul className={classes.folders} aria-label={strings.folders}>
          {data.folders.map((folder) => (
            <li key={folder.path} className={classes.folder}>
              <button
                type="button"
                className={classes.into}
                title={strings.openFolder(folder.name)}
                onClick={() => {
                  setPath(folder.path);
                }}
              >
                <IconFolder size={20} aria-hidden />
                <span className={classes.name}>
                  {folder.name}
                  <span className={classes.count}>
                    {strings.pictures(folder.images, folder.images_at_least)}
                  </span>
                </span>
                <IconChevronRight size={18} aria-hidden />
              </button>
              <Button
                mih={44}
                variant="light"
                disabled={busy || (folder.images === 0 && !folder.images_at_least)}
                onClick={() => {
                  onChosen(folder);
                }}
              >
                {strings.index(folder.name)}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {busy ? (
        <Group mt="xs">
          <Loader size="xs" />
        </Group>
      ) : null}
    </div>
  );
}
