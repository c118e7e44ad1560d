import type { Schemas } from "@/lib/api";
import { metricChoices } from "@/lib/choices";
import { ChoiceSelect } from "./ChoiceSelect";
import { strings } from "./strings";

interface Props {
  readonly collection: Pick<Schemas["CollectionSummary"], "extractors">;
  readonly extractor: string;
  readonly known: readonly Schemas["Extractor"][];
  readonly metrics: readonly Schemas["Metric"][];
  readonly value: string;
  readonly onChange: (metric: string) => void;
  readonly explained?: boolean;
}

/** By which metric two descriptors are compared. */
export function MetricSelect({ collection, extractor, known, metrics, ...rest }: Props) {
  const choices = metricChoices(extractor, collection, known, metrics, strings);
  return <ChoiceSelect label={strings.metric} choices={choices} {...rest} />;
}
