import { Anchor, Button, Loader, SegmentedControl, Text, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { ProblemNotice } from "@/components/ProblemNotice";
import { Problem } from "@/lib/api";
import { useMetrics } from "@/lib/catalogue";
import { searchLink } from "@/lib/links";
import { canSearch, readState, type SearchState } from "@/lib/searchState";
import { useExplanation, type Part } from "./api";
import { mapsLink } from "./addresses";
import { Pair } from "./Pair";
import { RanksTable } from "./RanksTable";
import type { Side } from "./RegionOverlay";
import { ScoreMade } from "./ScoreMade";
import { strings } from "./strings";
import { WhyControls } from "./WhyControls";
import { WhyLists } from "./WhyLists";
import classes from "./WhyPage.module.css";

const ID = /^[0-9a-f]{64}$/;
const NOTHING_ASKED = new Problem(404, strings.nothingAsked, strings.nothingAskedRemedy, "");

/** Why an image was found for a query: its score taken apart, and its rank under every metric. */
export function WhyPage() {
  const [url] = useSearchParams();
  const state = readState(url);
  const hit = url.get("hit") ?? "";
  return (
    <div className={classes.page}>
      <title>{strings.whyTitle}</title>
      <Anchor component={Link} to={searchLink(state)} className={classes.back ?? ""} size="sm">
        <IconArrowLeft size={18} aria-hidden /> {strings.back}
      </Anchor>
      <Title order={1} size="h2">
        {strings.whyTitle}
      </Title>
      {ID.test(hit) && canSearch(state) ? (
        <Why state={state} hit={hit} />
      ) : (
        <ProblemNotice error={NOTHING_ASKED} />
      )}
    </div>
  );
}

function Why({ state, hit }: { readonly state: SearchState; readonly hit: string }) {
  const { data, error, refetch, isPlaceholderData } = useExplanation(state, hit);
  const [side, setSide] = useState<Side>("together");
  const metrics = useMetrics().data?.metrics ?? [];
  const named = data
    ? { ...state, extractor: state.extractor || data.extractor, metric: state.metric || data.metric }
    : state;
  const linkOf = (part: Part) => (part.layer ? mapsLink(named, hit, part.layer, part.channel ?? 0) : null);
  const chooser =
    data && data.regions.length > 0 ? (
      <div>
        <SegmentedControl
          aria-label={strings.drawn}
          className={classes.sides ?? ""}
          value={side}
          onChange={(value) => {
            setSide(value === "apart" ? "apart" : "together");
          }}
          data={[
            { value: "together", label: strings.drawnTogether },
            { value: "apart", label: strings.drawnApart },
          ]}
        />
        <Text size="xs" c="dimmed" mt={4}>
          {strings.regionNote}
        </Text>
      </div>
    ) : null;
  return (
    <>
      <WhyControls state={named} hit={hit} />
      <div className={classes.top}>
        <div className={classes.pictures}>
          {chooser}
          <Pair state={named} hit={hit} explanation={error ? undefined : data} side={side} />
        </div>
        {error ? (
          <div>
            <ProblemNotice
              error={error}
              {...(error instanceof Problem && error.passing ? { retry: () => void refetch() } : {})}
            />
            <Button component={Link} to={searchLink(state)} variant="default" mih={44} mt="sm">
              {strings.again}
            </Button>
          </div>
        ) : data ? (
          <ScoreMade explanation={data} />
        ) : (
          <div className={classes.waiting} role="status">
            <Loader size="sm" /> {strings.loading}
          </div>
        )}
      </div>
      {data && !error ? (
        <>
          <div className={classes.lists} aria-busy={isPlaceholderData}>
            <WhyLists explanation={data} side="together" linkOf={linkOf} />
            <WhyLists explanation={data} side="apart" linkOf={linkOf} />
          </div>
          <RanksTable
            state={named}
            hit={hit}
            metric={data.metric}
            titles={new Map(metrics.map(({ name, title }) => [name, title]))}
          />
        </>
      ) : null}
    </>
  );
}
