import type { Schemas } from "@/lib/api";
import { extractorChoices } from "@/lib/choices";
import { ChoiceSelect } from "./ChoiceSelect";
import { strings } from "./strings";

interface Props {
  readonly collection: Pick<Schemas["CollectionSummary"], "extractors">;
  readonly known: readonly Schemas["Extractor"][];
  readonly value: string;
  readonly onChange: (extractor: string) => void;
  /** A picture that is not indexed, or a part of one, has to be described with it. */
  readonly describes?: boolean;
  readonly explained?: boolean;
}

/** Which descriptor of the images is compared. */
export function ExtractorSelect({ collection, known, describes = false, ...rest }: Props) {
  const choices = extractorChoices(collection, known, describes, strings);
  return <ChoiceSelect label={strings.extractor} choices={choices} {...rest} />;
}
