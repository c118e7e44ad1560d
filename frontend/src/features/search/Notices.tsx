import { Alert, Button, Group, Text } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, type ReactNode } from "react";
import { Link } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import type { Schemas } from "@/lib/api";
import { goneField } from "@/lib/gone";
import { movedTo } from "@/lib/movedTo";
import type { SearchState } from "@/lib/searchState";
import { strings } from "./strings";
import type { Change } from "./useSearchState";

/** Said above the nearest ones, which are shown all the same. */
export function NothingSimilar() {
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconInfoCircle aria-hidden />}
      title={strings.nothingSimilar}
      mb="md"
    >
      {strings.nothingSimilarMore}
    </Alert>
  );
}

interface Props {
  readonly state: SearchState;
  readonly change: Change;
}

/** Filters and limits have left nothing over: which of them, and a way out. */
export function NothingFound({ state, change }: Props) {
  const filtered = state.labels.length > 0 || state.text !== "";
  const limited = state.threshold !== null;
  return (
    <Alert color="gray" variant="light" icon={<IconInfoCircle aria-hidden />} title={strings.nothingLeft}>
      {limited ? <Text size="sm">{strings.nothingLeftThreshold}</Text> : null}
      {filtered ? <Text size="sm">{strings.nothingLeftFilter}</Text> : null}
      <Group mt="sm" gap="xs">
        {limited ? (
          <Button
            variant="default"
            mih={44}
            onClick={() => {
              change({ threshold: null });
            }}
          >
            {strings.dropThreshold}
          </Button>
        ) : null}
        {filtered ? (
          <Button
            variant="default"
            mih={44}
            onClick={() => {
              change({ labels: [], text: "" });
            }}
          >
            {strings.dropFilters}
          </Button>
        ) : null}
      </Group>
    </Alert>
  );
}

interface ProblemProps extends Props {
  readonly error: unknown;
  readonly retry: () => void;
}

/** Why there is no answer, in the words of what the person did, and the way on. */
export function SearchProblem({ error, state, change, retry }: ProblemProps) {
  const gone = goneField(error);
  if (gone === "collection") return <CollectionLost name={state.collection} />;
  if (gone === "query") {
    return (
      <Gone title={strings.expired} more={strings.expiredMore}>
        <Drop change={change} label={strings.dropPicture} />
      </Gone>
    );
  }
  if (gone === "image") {
    return (
      <Gone title={strings.imageGone} more={strings.imageGoneMore}>
        <Drop change={change} label={strings.clear} />
      </Gone>
    );
  }
  return <ProblemNotice error={error} retry={retry} />;
}

/** Lets go of the picture that is gone, and keeps all else. */
function Drop({ change, label }: { readonly change: Change; readonly label: string }) {
  return (
    <Button
      variant="default"
      mih={44}
      onClick={() => {
        change({ query: { kind: "none" }, crop: null });
      }}
    >
      {label}
    </Button>
  );
}

/** The list of collections is asked for anew, and with it the page offers those that there are. */
function CollectionLost({ name }: { readonly name: string }) {
  const client = useQueryClient();
  useEffect(() => {
    void client.invalidateQueries({ queryKey: ["collections"] });
  }, [client]);
  return <Gone title={strings.collectionGone(name)} more={strings.collectionGoneMore} />;
}

interface GoneProps {
  readonly title: string;
  readonly more: string;
  /** Whether it is no more than news. */
  readonly calm?: boolean;
  readonly children?: ReactNode;
}

function Gone({ title, more, calm = false, children }: GoneProps) {
  return (
    <Alert
      role={calm ? "status" : "alert"}
      color={calm ? "gray" : "orange"}
      variant="light"
      icon={<IconInfoCircle aria-hidden />}
      title={title}
      mb="md"
    >
      {more ? <Text size="sm">{more}</Text> : null}
      {children ? <Group mt="sm">{children}</Group> : null}
    </Alert>
  );
}

interface CollectionGoneProps extends Props {
  readonly name: string;
  readonly collections: readonly Schemas["CollectionSummary"][];
}

/** The collection of a link or of a moment ago is not there: the others are offered. */
export function CollectionGone({ name, collections, state, change }: CollectionGoneProps) {
  return (
    <Gone title={strings.collectionGone(name)} more={strings.collectionGoneMore}>
      {collections.map((one) => (
        <Button
          key={one.name}
          variant="default"
          mih={44}
          onClick={() => {
            change(movedTo(one.name, state));
          }}
        >
          {one.name}
        </Button>
      ))}
    </Gone>
  );
}

export function EmptyCollection({ name }: { readonly name: string }) {
  return (
    <Gone title={strings.emptyCollection(name)} more="" calm>
      <Button component={Link} to={`/start?collection=${encodeURIComponent(name)}`} mih={44}>
        {strings.addImages}
      </Button>
    </Gone>
  );
}
