import type { Schemas } from "@/lib/api";
import type { Subject } from "./api";
import { ChannelsShown } from "./ChannelsShown";
import { ColoursShown } from "./ColoursShown";
import { GridShown } from "./GridShown";

interface Props {
  readonly shown: Schemas["DescriptorFigure"];
  readonly subject: Subject;
}

/** The figure that the descriptor's kind of values makes. */
export function FigureShown({ shown: { figure, dims }, subject }: Props) {
  switch (figure.kind) {
    case "colours":
      return <ColoursShown figure={figure} />;
    case "channels":
      return <ChannelsShown layers={figure.layers} subject={subject} />;
    case "values":
      return <GridShown figure={figure} dims={dims} />;
  }
}
