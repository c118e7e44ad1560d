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
}

/** Feature maps, stretched to the shape of the picture that they come from; or why there are none. */
export function MapsPicture({ src, alt, aspect }: Props) {
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
    <img
      className={classes.maps}
      src={src}
      alt={alt}
      loading="lazy"
      style={{ aspectRatio: String(aspect) }}
      onError={() => {
        setFailed(src);
      }}
    />
  );
}
