import { Alert, Button, Group, Text } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, type ReactNode } from "react";
import { Link } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import type { Schemas } from "@/lib/api";
import { goneField } from "@/lib/gone";
import { searchLink } from "@/lib/links";
import { movedTo } from "@/lib/movedTo";
import type { SearchState } from "@/lib/searchState";
import type { LeftOut } from "./plan";
import { withoutQuery } from "./QueryBox";
import { strings } from "./strings";
import type { Change } from "./useCompareState";

interface ProblemProps {
  readonly error: unknown;
  readonly search: SearchState;
  /** Whether an earlier comparison is still in sight. */
  readonly stale: boolean;
  readonly retry: () => void;
}

/** Why there is no comparison, in place, and the way on. */
export function CompareProblem({ error, search, stale, retry }: ProblemProps) {
  const gone = goneField(error);
  if (gone === "collection") return <CollectionLost name={search.collection} />;
  if (gone === "query" || gone === "image") {
    const [title, more] =
      gone === "query" ? [strings.expired, strings.expiredMore] : [strings.imageGone, strings.imageGoneMore];
    return (
      <Notice title={title} more={more}>
        <Button component={Link} to={searchLink(withoutQuery(search))} variant="default" mih={44}>
          {strings.chooseQuery}
        </Button>
      </Notice>
    );
  }
  return (
    <>
      <ProblemNotice error={error} retry={retry} />
      {stale ? (
        <Text size="sm" c="dimmed">
          {strings.failedStale}
        </Text>
      ) : null}
    </>
  );
}

/** The list of collections is asked for anew, and with it the page offers those that there are. */
function CollectionLost({ name }: { readonly name: string }) {
  const client = useQueryClient();
  useEffect(() => {
    void client.invalidateQueries({ queryKey: ["collections"] });
  }, [client]);
  return <Notice title={strings.collectionGone(name)} more={strings.collectionGoneMore} />;
}

interface CollectionGoneProps {
  readonly search: SearchState;
  readonly collections: readonly Schemas["CollectionSummary"][];
  readonly change: Change;
}

export function CollectionGone({ search, collections, change }: CollectionGoneProps) {
  return (
    <Notice title={strings.collectionGone(search.collection)} more={strings.collectionGoneMore}>
      {collections.map(({ name }) => (
        <Button
          key={name}
          variant="default"
          mih={44}
          onClick={() => {
            change({ search: movedTo(name, search) });
          }}
        >
          {name}
        </Button>
      ))}
    </Notice>
  );
}

export function EmptyCollection({ name }: { readonly name: string }) {
  return (
    <Notice title={strings.empty(name)} more={strings.emptyMore}>
      <Button component={Link} to="/collections" variant="default" mih={44}>
        {strings.toCollections}
      </Button>
    </Notice>
  );
}

/** One column is no comparison. */
export function TooFew() {
  return <Notice title={strings.tooFew} more={strings.tooFewMore} />;
}

/** What has no column, and why. */
export function LeftOutList({ leftOut }: { readonly leftOut: readonly LeftOut[] }) {
  if (leftOut.length === 0) return null;
  return (
    <section aria-label={strings.leftOut}>
      <Text size="xs" fw={600}>
        {strings.leftOut}
      </Text>
      <ul style={{ margin: 0, paddingInlineStart: 18 }}>
        {leftOut.map(({ label, reason }) => (
          <Text key={label} component="li" size="xs" c="dimmed">
            {strings.leftOutOne(label, reason)}
          </Text>
        ))}
      </ul>
    </section>
  );
}

interface NoticeProps {
  readonly title: string;
  readonly more: string;
  readonly children?: ReactNode;
}

function Notice({ title, more, children }: NoticeProps) {
  return (
    <Alert role="alert" color="gray" variant="light" icon={<IconInfoCircle aria-hidden />} title={title}>
      <Text size="sm">{more}</Text>
      {children ? (
        <Group mt="sm" gap="xs">
          {children}
        </Group>
      ) : null}
    </Alert>
  );
}
