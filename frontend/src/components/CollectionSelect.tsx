import { Select } from "@mantine/core";
import type { Schemas } from "@/lib/api";
import { overPage } from "@/lib/portal";
import classes from "./ChoiceSelect.module.css";
import { strings } from "./strings";

interface Props {
  readonly collections: readonly Schemas["CollectionSummary"][];
  readonly value: string;
  readonly onChange: (name: string) => void;
}

/** Which collection is searched. One that cannot be opened says why and cannot be chosen. */
export function CollectionSelect({ collections, value, onChange }: Props) {
  return (
    <Select
      label={strings.collection}
      data={collections.map(({ name, images, problem }) => ({
        value: name,
        label: name,
        disabled: problem !== "",
        images,
        problem,
      }))}
      value={value || null}
      onChange={(name) => {
        if (name) onChange(name);
      }}
      comboboxProps={{ portalProps: overPage() }}
      allowDeselect={false}
      withScrollArea={false}
      searchable={collections.length > 8}
      nothingFoundMessage={strings.nothingFound}
      classNames={{ input: classes.input ?? "", options: classes.options ?? "" }}
      renderOption={({ option }) => {
        const one = collections.find(({ name }) => name === option.value);
        return (
          <span className={classes.body}>
            <span className={classes.title}>{option.value}</span>
            <span className={one?.problem ? classes.reason : classes.summary}>
              {one?.problem ? `${one.problem} ${one.remedy}` : strings.images(one?.images ?? 0)}
            </span>
          </span>
        );
      }}
    />
  );
}
