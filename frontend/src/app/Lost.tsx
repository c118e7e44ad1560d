import { Anchor, Center, Stack, Title } from "@mantine/core";
import { Link } from "react-router";
import { strings } from "@/lib/strings";

export function Lost() {
  return (
    <Center mih="60vh">
      <Stack align="center">
        <Title order={1} size="h3">
          {strings.app.lost}
        </Title>
        <Anchor component={Link} to="/" display="inline-flex" mih={44}>
          {strings.app.home}
        </Anchor>
      </Stack>
    </Center>
  );
}
