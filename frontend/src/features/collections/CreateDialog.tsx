import { Button, Group, Input, Modal, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useExtractors } from "@/lib/catalogue";
import { useCreateCollection } from "./api";
import { ExtractorChoice } from "./ExtractorChoice";
import { collectionPath } from "./paths";
import { collectionStrings } from "./strings";

const strings = collectionStrings.create;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function CreateDialog({ opened, onClose }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={strings.title}
      size="lg"
      closeButtonProps={{ "aria-label": collectionStrings.close, size: 44 }}
    >
      <CreateForm onClose={onClose} />
    </Modal>
  );
}

function CreateForm({ onClose }: Pick<Props, "onClose">) {
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<string[] | null>(null);
  const [others, setOthers] = useState("");
  const creating = useCreateCollection();
  const navigate = useNavigate();
  const extractors = useExtractors().data;
  const wrongName = name !== "" && !NAME.test(name);
  const named = others.split(/[\s,]+/).filter(Boolean);
  const nothing = chosen?.length === 0 && named.length === 0;
  const standard = extractors?.extractors.filter(
    (one) => one.usable && extractors.default.includes(one.name),
  );
  const wanted = () => {
    if (chosen === null && named.length === 0) return null;
    return [...(chosen ?? standard?.map((one) => one.name) ?? []), ...named];
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!NAME.test(name) || nothing) return;
        creating.mutate(
          { name, extractors: wanted() },
          {
            onSuccess: () => {
              onClose();
              void navigate(collectionPath(name));
            },
          },
        );
      }}
    >
      <Stack>
        <TextInput
          label={strings.name}
          description={strings.nameHint}
          error={wrongName ? strings.nameWrong : null}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
          size="md"
          required
          data-autofocus
          autoCapitalize="off"
          spellCheck={false}
        />
        <Input.Wrapper
          role="group"
          label={strings.extractors}
          labelElement="div"
          aria-label={strings.extractors}
          description={strings.extractorsHint}
          error={nothing ? strings.noneChosen : null}
        >
          <div style={{ marginTop: 8 }}>
            <ExtractorChoice chosen={chosen} onChange={setChosen} />
          </div>
        </Input.Wrapper>
        <TextInput
          label={strings.others}
          description={extractors?.patterns.map(({ pattern, summary }) => `${pattern}${summary}`).join(" ")}
          value={others}
          onChange={(event) => {
            setOthers(event.currentTarget.value);
          }}
          size="md"
          spellCheck={false}
        />
        {creating.isError ? <ProblemNotice error={creating.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" size="md" h={44} onClick={onClose}>
            {collectionStrings.cancel}
          </Button>
          <Button
            type="submit"
            size="md"
            h={44}
            loading={creating.isPending}
            disabled={!name || wrongName || nothing}
          >
            {strings.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
