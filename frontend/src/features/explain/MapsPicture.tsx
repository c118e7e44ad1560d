import { Text } from "@mantine/core";
import { useState } from "react";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useMapsProblem } from "./api";
import classes from "./Figures.module.css";
import { strings } from "./strings";

interface Props {
  readonly src: string;
  readonly alt: string;
  readonly aspect: number;
  /** Where the picture lies in its frame, if only a part of it is shown. */
  readonly part?: React.CSSProperties | undefined;
}

/** Feature maps, stretched to the shape of the picture that they come from; or why there are none. */
export function MapsPicture({ src, alt, aspect, part }: Props) {
  const [failed, setFailed] = useState("");
  const problem = useMapsProblem(src, failed === src);
  if (failed === src) {
    return problem.error ? (
      <ProblemNotice error={problem.error} />
    ) : (
      <Text size="sm" role="status">
        {strings.mapsFailed}
      </Text>
    );
  }
  return (
    <span className={classes.maps} style={{ aspectRatio: String(aspect) }}>
      <img
        className={classes.map}
        src={src}
        alt={alt}
        loading="lazy"
        style={part}
        onError={() => {
          setFailed(src);
        }}
      />
    </span>
  );
}
