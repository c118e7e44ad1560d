import { Button, Container, Stack } from "@mantine/core";
import { useRouteError } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import { strings } from "@/lib/strings";

/** In the place of a page that failed to load or to draw. */
export function Failed() {
  const error = useRouteError();
  return (
    <Container size="sm" py="xl">
      <Stack>
        <ProblemNotice error={error} />
        <Button
          variant="default"
          onClick={() => {
            window.location.reload();
          }}
        >
          {strings.app.reload}
        </Button>
      </Stack>
    </Container>
  );
}
