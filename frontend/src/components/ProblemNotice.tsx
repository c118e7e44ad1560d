import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Problem } from "@/lib/api";
import { strings } from "@/lib/strings";

interface Props {
  readonly error: unknown;
  readonly retry?: () => void;
}

/** What went wrong, in place, with what to do about it. */
export function ProblemNotice({ error, retry }: Props) {
  const problem = error instanceof Problem ? error : undefined;
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={problem?.title ?? strings.app.failed}
    >
      <Text size="sm">{problem?.detail ?? (error instanceof Error ? error.message : "")}</Text>
      {problem?.remedy ? <Text size="sm">{problem.remedy}</Text> : null}
      {retry ? (
        <Group mt="sm">
          <Button mih={44} variant="default" onClick={retry}>
            {strings.app.retry}
          </Button>
        </Group>
      ) : null}
    </Alert>
  );
}
