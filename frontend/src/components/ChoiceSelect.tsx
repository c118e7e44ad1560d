import { Select, type SelectProps } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import type { Choice } from "@/lib/choices";
import { overPage } from "@/lib/portal";
import classes from "./ChoiceSelect.module.css";
import { strings } from "./strings";

interface Props {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Whether the chosen one's explanation stands below. */
  readonly explained?: boolean;
  readonly disabled?: boolean;
}

/** A choice of which every option explains itself, and says why it cannot be taken where that is so. */
export function ChoiceSelect({
  label,
  choices,
  value,
  onChange,
  explained = false,
  disabled = false,
}: Props) {
  const chosen = choices.find((choice) => choice.value === value);
  const option: SelectProps["renderOption"] = ({ option: { value: name }, checked }) => {
    const choice = choices.find((one) => one.value === name);
    return choice ? <ChoiceOption choice={choice} checked={checked ?? false} /> : name;
  };
  return (
    <div className={classes.field}>
      <Select
        label={label}
        size="sm"
        data={choices.map(({ value: name, label: title, reason }) => ({
          value: name,
          label: title,
          disabled: reason !== "",
        }))}
        value={value || null}
        onChange={(name) => {
          if (name) onChange(name);
        }}
        allowDeselect={false}
        disabled={disabled}
        renderOption={option}
        withScrollArea={false}
        comboboxProps={{ width: "max-content", position: "bottom-start", portalProps: overPage() }}
        classNames={{
          input: classes.input ?? "",
          dropdown: classes.dropdown ?? "",
          options: classes.options ?? "",
          option: classes.choice ?? "",
        }}
        nothingFoundMessage={strings.nothingFound}
      />
      {explained && chosen ? (
        <p className={classes.explanation}>
          <span className={classes.why}>{chosen.summary}</span>{" "}
          <span className={classes.detail}>{chosen.detail}</span>
        </p>
      ) : null}
    </div>
  );
}

function ChoiceOption({ choice, checked }: { readonly choice: Choice; readonly checked: boolean }) {
  return (
    <span className={classes.option} data-disabled={choice.reason !== ""}>
      <span className={classes.check}>{checked ? <IconCheck size={16} aria-hidden /> : null}</span>
      <span className={classes.body}>
        <span className={classes.title}>
          {choice.label} <span className={classes.detail}>{choice.detail}</span>
        </span>
        <span className={classes.summary}>{choice.summary}</span>
        {choice.reason ? <span className={classes.reason}>{choice.reason}</span> : null}
      </span>
    </span>
  );
}
