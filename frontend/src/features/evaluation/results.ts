import type { Comparison, Report, Result } from "./api";

/** The mean of a result by a measure; below everything where it has none. */
export function meanOf(result: Result, measure: string): number {
  return result.means[measure] ?? -Infinity;
}

/** The best result, the first of those that are equal. */
export function bestOf(results: readonly Result[], measure: string): Result | undefined {
  return results.reduce<Result | undefined>(
    (best, one) => (best && meanOf(best, measure) >= meanOf(one, measure) ? best : one),
    undefined,
  );
}

/** How results are called: the strategy is said where it is not exact search. */
export function nameOf(result: Pick<Result, "extractor" | "metric" | "strategy">): string {
  return `${result.extractor} · ${rowOf(result)}`;
}

/** The part of a result's name that is not its extractor. */
export function rowOf({ metric, strategy }: Pick<Result, "metric" | "strategy">): string {
  return strategy === "exact" ? metric : `${metric} · ${strategy}`;
}

export const extractorsOf = (results: readonly Result[]): string[] => unique(results, (one) => one.extractor);
export const rowsOf = (results: readonly Result[]): string[] => unique(results, rowOf);

function unique<T>(all: readonly T[], of: (one: T) => string): string[] {
  return [...new Set(all.map(of))];
}

/** The best result of each extractor, in the report's order. */
export function bestByExtractor(results: readonly Result[], measure: string): Result[] {
  return extractorsOf(results).flatMap((extractor) => {
    const best = bestOf(
      results.filter((one) => one.extractor === extractor),
      measure,
    );
    return best ? [best] : [];
  });
}

/** In what a result is the best: of its extractor (a column), of its metric (a row), of all. */
export interface Bests {
  readonly column: boolean;
  readonly row: boolean;
  readonly all: boolean;
}

/** In what each result is the best by a measure; equal ones are all marked. */
export function bests(results: readonly Result[], measure: string): ReadonlyMap<string, Bests> {
  // the only one there is, is no best
  const isBest = (one: Result, all: readonly Result[]) =>
    all.length > 1 && all.every((other) => meanOf(other, measure) <= meanOf(one, measure));
  return new Map(
    results.map((one) => {
      const column = results.filter(({ extractor }) => extractor === one.extractor);
      const row = results.filter((other) => rowOf(other) === rowOf(one));
      return [one.key, { column: isBest(one, column), row: isBest(one, row), all: isBest(one, results) }];
    }),
  );
}

/** A comparison with the better side first. */
export interface Verdict {
  readonly key: string;
  readonly better: string;
  readonly worse: string;
  readonly by: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  readonly significant: boolean;
  /** Queries on which the better side is better, and worse. */
  readonly ahead: number;
  readonly behind: number;
}

/** The comparisons by one measure, closest first: what is hard to tell apart is what one wants to know. */
export function verdicts(report: Report, measure: string): Verdict[] {
  const names = new Map(report.results.map((one) => [one.key, nameOf(one)]));
  return report.comparisons
    .filter((one) => one.measure === measure)
    .map((one) => verdictOf(one, (key) => names.get(key) ?? key))
    .sort((a, b) => a.by - b.by);
}

function verdictOf(one: Comparison, name: (key: string) => string): Verdict {
  const [low = NaN, high = NaN] = one.interval;
  const turned = one.difference < 0;
  return {
    key: `${one.a} ${one.b}`,
    better: name(turned ? one.b : one.a),
    worse: name(turned ? one.a : one.b),
    by: Math.abs(one.difference),
    low: turned ? -high : low,
    high: turned ? -low : high,
    p: one.p_adjusted,
    significant: one.significant,
    ahead: turned ? one.worse : one.better,
    behind: turned ? one.better : one.worse,
  };
}

/** The results that none beats in both quality and cost, cheapest first. */
export function frontier(
  results: readonly Result[],
  measure: string,
  cost: (result: Result) => number,
): Result[] {
  const byCost = [...results].sort((a, b) => cost(a) - cost(b) || meanOf(b, measure) - meanOf(a, measure));
  let best = -Infinity;
  return byCost.filter((one) => {
    const better = meanOf(one, measure) > best;
    if (better) best = meanOf(one, measure);
    return better;
  });
}
