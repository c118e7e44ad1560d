import { NumberInput } from "@mantine/core";

interface Props {
  readonly label: string;
  /** How many places there are, counted from 0. */
  readonly count: number;
  readonly value: number;
  readonly onChange: (place: number) => void;
}

/** Choose one of many by its number. */
export function PlaceInput({ label, count, value, onChange }: Props) {
  return (
    <NumberInput
      label={label}
      min={0}
      max={count - 1}
      clampBehavior="strict"
      allowDecimal={false}
      value={value}
      onChange={(place) => {
        if (typeof place === "number" && place < count) onChange(place);
      }}
    />
  );
}
