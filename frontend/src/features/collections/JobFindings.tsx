import { Badge, Group, Text } from "@mantine/core";
import classes from "./collections.module.css";
import type { Finding } from "./outcome";
import { collectionStrings } from "./strings";

const strings = collectionStrings.jobs;
const COLOURS: Readonly<Record<string, string>> = { fault: "red", warning: "yellow", note: "gray" };

/** What a check of a collection found. */
export function JobFindings({ findings }: { readonly findings: readonly Finding[] }) {
  const healthy = findings.every(({ severity }) => severity === "note");
  return (
    <div>
      {healthy ? <Text size="sm">{strings.healthy}</Text> : null}
      <ul className={classes.rows} aria-label={strings.findings}>
        {findings.map(({ severity, message, remedy }, place) => (
          <li key={place}>
            <Group gap="xs" align="flex-start" wrap="nowrap">
              <Badge
                color={COLOURS[severity] ?? "gray"}
                variant="dot"
                tt="none"
                fw={500}
                style={{ flexShrink: 0 }}
              >
                {strings.severities[severity] ?? severity}
              </Badge>
              <div>
                <Text size="sm" className={classes.breaks ?? ""}>
                  {message}
                </Text>
                {remedy ? (
                  <Text size="sm" c="dimmed">
                    {remedy}
                  </Text>
                ) : null}
              </div>
            </Group>
          </li>
        ))}
      </ul>
    </div>
  );
}
