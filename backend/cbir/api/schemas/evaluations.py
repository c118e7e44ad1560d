"""Reports of `cbir evaluate` over HTTP: how good each way of searching was on a dataset."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from cbir.api.schemas.addresses import MAX_LIMIT, MAX_OFFSET, ImageId, Label, Page
from cbir.api.schemas.base import Output, PathParameters, QueryParameters

DEEPEST = 1000
"""Ranks that a ranking is shown to; a report keeps 100 unless told otherwise."""

ReportName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$",
        description="The report: its dataset and when it was made.",
    ),
]
ResultKey = Annotated[
    str,
    Field(
        min_length=1,
        max_length=300,
        description="A result of the report: `extractor/metric/strategy`.",
    ),
]
MeasureName = Annotated[str, Field(min_length=1, max_length=40, description="A measure.")]
QueryName = Annotated[str, Field(min_length=1, max_length=500, description="A query, as the report names it.")]
Interval = tuple[float, float]


class Kept(Output):
    """A part of a report as it was written; what a later version of the program adds is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class EvaluationSummary(Output):
    """A report in a list. Of a damaged one its name is known, and what is wrong with it."""

    name: str
    created_at: datetime | None
    dataset: str
    protocol: str
    images: int | None = Field(description="Images that can be found.")
    queries: int | None
    best: str | None = Field(description="The best result by the primary measure.")
    primary_measure: str | None
    best_mean: float | None = Field(description="The mean of the primary measure over all queries.")
    problem: str
    remedy: str


class EvaluationList(Page):
    """Reports, latest first."""

    evaluations: list[EvaluationSummary]


class FailedFile(Kept):
    """A file that could not be read."""

    path: str
    reason: str
    remedy: str


class NotApplicable(Kept):
    """A metric that does not suit an extractor."""

    extractor: str
    metric: str
    reason: str


class LeftOut(Kept):
    """What the figures do not cover."""

    unlabelled: int = Field(description="Images without a label: they can be found, and ask nothing.")
    without_relevant: int = Field(description="Queries without a relevant image, left out of the means.")
    missing: list[str] = Field(description="Paths that the labels name and where no file is.")
    duplicates: int = Field(description="Files with the bytes of another one, which count as one image with it.")
    passed_over: int = Field(description="Files whose name is not that of an image format.")
    failed: list[FailedFile]
    not_applicable: list[NotApplicable]


class EvaluationMeasure(Kept):
    """A measure and how it is defined."""

    name: str
    key: str = Field(description="What its mean is called in files.")
    definition: str
    maximum: float


class DatasetLabel(Kept):
    """A label of the dataset, on so many queries and images."""

    label: str
    queries: int
    images: int


class LabelMeans(Kept):
    """The means over the queries with one label, by measure."""

    label: str
    queries: int
    means: dict[str, float]


class EvaluationResult(Kept):
    """How good one extractor with one metric and strategy was."""

    key: str
    extractor: str
    metric: str
    strategy: str
    exact: bool
    means: dict[str, float] = Field(description="By measure, over all queries.")
    intervals: dict[str, Interval] = Field(description="95 % confidence intervals of the means: low, high.")
    precision_curve: list[float] = Field(description="Mean precision at 1, 2, …")
    recall_curve: list[float] = Field(description="Mean recall at 1, 2, …")
    by_label: list[LabelMeans]
    seconds: float = Field(description="For the rankings of all queries.")
    ms_per_query: float
    bytes_per_image: float
    dims: int
    identity: dict[str, Any] = Field(description="All that decides the descriptor's values.")


class ResultComparison(Kept):
    """Two results on the same queries: whether a is better than b."""

    measure: str
    a: str
    b: str
    difference: float = Field(description="The mean of a less that of b.")
    interval: Interval = Field(description="95 % confidence interval of the difference: low, high.")
    p_value: float
    p_adjusted: float = Field(description="Corrected for the number of comparisons.")
    significant: bool
    better: int = Field(description="Queries on which a is better.")
    worse: int = Field(description="Queries on which a is worse.")


class BestResults(Kept):
    """The best by the primary measure."""

    overall: str | None
    by_extractor: dict[str, str]
    by_metric: dict[str, str]


class Evaluation(Kept):
    """A report."""

    name: str
    created_at: datetime
    cbir_version: str
    dataset: str
    format: str
    protocol: str
    protocol_definition: str
    label_column: str | None
    where: str | None
    engine: str | None = Field(description="None where the rankings were made in memory.")
    images: int
    queries: int
    options: dict[str, Any]
    command: str = Field(description="What makes this report again.")
    account: LeftOut
    measures: list[EvaluationMeasure]
    primary_measure: str
    labels: list[DatasetLabel] = Field(description="Most frequent first.")
    results: list[EvaluationResult]
    comparisons: list[ResultComparison]
    comparison_method: str
    best: BestResults


class OneEvaluation(PathParameters):
    """A report."""

    report: ReportName


class EvaluatedImage(PathParameters):
    """An image of a report's dataset."""

    report: ReportName
    id: ImageId


class QueryOrder(StrEnum):
    """In which order queries are listed."""

    WORST = "worst"
    BEST = "best"
    AHEAD = "ahead"
    BEHIND = "behind"


class EvaluatedQueryParameters(QueryParameters):
    """Which queries, in which order."""

    result: ResultKey
    measure: MeasureName | None = Field(
        None, description="Of what is graded; the report's primary measure by default."
    )
    order: QueryOrder = Field(
        QueryOrder.WORST, description="`ahead` and `behind`: where the result beats `against` most, and least."
    )
    against: ResultKey | None = Field(None, description="Another result, whose grades stand beside.")
    label: Label | None = Field(None, description="Only queries with this label.")
    offset: int = Field(0, ge=0, le=MAX_OFFSET, description="How many to pass over.")
    limit: int = Field(100, ge=1, le=MAX_LIMIT, description="How many at most.")

    @model_validator(mode="after")
    def _has_another(self) -> Self:
        if self.against is None and self.order in {QueryOrder.AHEAD, QueryOrder.BEHIND}:
            raise ValueError(f"The order '{self.order}' needs `against`, another result of the report.")
        return self


class EvaluatedQuery(Output):
    """A query and its grade."""

    name: str
    id: str = Field(description="Its image.")
    path: str = Field(description="Below the dataset's folder.")
    labels: list[str]
    crop: str | None = Field(description="The part that was searched with: `x,y,width,height`.")
    relevant: int = Field(description="How many images are relevant to it.")
    grade: float
    against: float | None = Field(description="The grade of the other result.")
    thumbnail: str = Field(description="Address of its picture.")


class EvaluatedQueryList(Page):
    """Queries with their grades."""

    result: str
    measure: str
    queries: list[EvaluatedQuery]


class RankingParameters(QueryParameters):
    """Which ranking."""

    result: ResultKey
    query: QueryName
    measure: MeasureName | None = Field(None, description="By which the query is graded; see the list of queries.")
    limit: int = Field(20, ge=1, le=DEEPEST, description="How many ranks at most.")


class RankedImage(Output):
    """An image in a ranking. What the protocol takes out is not there."""

    rank: int
    id: str
    path: str = Field(description="Below the dataset's folder.")
    labels: list[str]
    score: float
    relevant: bool
    thumbnail: str


class EvaluatedRanking(Output):
    """The ranking of one query by one result."""

    result: str
    measure: str
    query: EvaluatedQuery
    depth: int = Field(description="How many ranks the report keeps of it.")
    hits: list[RankedImage]


class DeletedEvaluation(Output):
    """A report that is no longer there."""

    name: str
