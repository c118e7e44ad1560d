import { Anchor, Badge, Loader, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import { whyLink } from "@/lib/links";
import { formatScore, formatShare } from "@/lib/scores";
import type { SearchState } from "@/lib/searchState";
import { useRanks, type Rank } from "./api";
import classes from "./RanksTable.module.css";
import { strings } from "./strings";

interface Props {
  readonly state: SearchState;
  readonly hit: string;
  /** Of the explanation that is shown. */
  readonly metric: string;
  readonly titles: ReadonlyMap<string, string>;
}

/** The image's place under every metric that the descriptor allows: why it is not higher, or would be. */
export function RanksTable({ state, hit, metric, titles }: Props) {
  const { data, error, refetch } = useRanks(state, hit, true);
  return (
    <section aria-labelledby="ranks">
      <Title order={2} size="h4" id="ranks">
        {strings.ranksTitle}
      </Title>
      <Text size="sm" c="dimmed">
        {strings.ranksNote}
      </Text>
      {data ? (
        <table className={classes.table} aria-labelledby="ranks">
          <thead>
            <tr>
              <th scope="col">{strings.metric}</th>
              <th scope="col" className={classes.number}>
                {strings.rank}
              </th>
              <th scope="col" className={classes.number}>
                {strings.score}
              </th>
              <th scope="col" className={classes.number}>
                {strings.closeness}
              </th>
            </tr>
          </thead>
          <tbody>
            {data.map((one) => (
              <tr key={one.metric} data-chosen={one.metric === metric}>
                <th scope="row">
                  <Anchor
                    component={Link}
                    className={classes.metric ?? ""}
                    to={whyLink({ ...state, metric: one.metric }, hit)}
                    preventScrollReset
                    aria-current={one.metric === metric ? "true" : undefined}
                  >
                    {titles.get(one.metric) ?? one.metric}
                  </Anchor>{" "}
                  {one.metric === metric ? (
                    <Badge size="sm" variant="outline" tt="none" className={classes.badge ?? ""}>
                      {strings.chosen}
                    </Badge>
                  ) : null}
                  <span className={classes.way}>
                    {one.larger_is_better ? strings.larger : strings.smaller}
                  </span>
                </th>
                <td className={classes.number}>{rankText(one)}</td>
                <td className={classes.number}>{formatScore(one.score)}</td>
                <td className={classes.number}>
                  {one.closeness === null ? strings.unknown : formatShare(one.closeness)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : error ? (
        <ProblemNotice error={error} retry={() => void refetch()} />
      ) : (
        <div className={classes.waiting} role="status">
          <Loader size="xs" /> {strings.ranking}
        </div>
      )}
    </section>
  );
}

export function rankText({ rank, beyond }: Pick<Rank, "rank" | "beyond">): string {
  if (rank !== null) return strings.rankOf(rank);
  return beyond === null ? strings.leftOut : strings.beyond(beyond);
}
