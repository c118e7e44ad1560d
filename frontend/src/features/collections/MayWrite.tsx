import { Button, Group, Skeleton, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { ProblemNotice } from "@/components/ProblemNotice";
import { askForKey, useSession } from "@/lib/session";
import { collectionStrings as strings } from "./strings";

/** What only those see who may change things; others are told how. */
export function MayWrite({ children }: { readonly children: ReactNode }) {
  const { data, error, refetch } = useSession();
  if (error && !data) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={70} role="status" aria-label={strings.loading} />;
  if (data.role === "write") return children;
  return (
    <Group>
      <Text size="sm">{strings.readOnly}</Text>
      <Button variant="default" h={44} onClick={() => void askForKey()}>
        {strings.logIn}
      </Button>
    </Group>
  );
}
