"""What stands in the files of a report; docs/reports.md says it in words.

report.json   `Report`: everything but what grows with the number of queries
queries.json  `Queries`: the queries, and every cell's grade of each
images.json   {image id: `ReportImage`}, for thumbnails
runs/*.txt.gz one TREC run a cell
qrels.txt     what is relevant, as TREC qrels
report.html   the page
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter
from typing_extensions import TypedDict

VERSION = 1
REPORT, QUERIES, IMAGES, QRELS, PAGE, RUNS = (
    "report.json",
    "queries.json",
    "images.json",
    "qrels.txt",
    "report.html",
    "runs",
)
CURVE = 100
"""Ranks to which precision and recall curves go."""


class ReportMeasure(TypedDict):
    """A measure that graded."""

    name: str
    key: str
    """What its mean is called in JSON: `map_at_100`."""
    definition: str
    maximum: float


class LabelCount(TypedDict):
    """How often a label occurs (the paper's Figure 1)."""

    label: str
    queries: int
    images: int


class LabelMeans(TypedDict):
    """A cell's means over the queries with one label (Varga's Table II)."""

    label: str
    queries: int
    means: dict[str, float]


class ReportResult(TypedDict):
    """A cell of the table: one extractor with one metric and strategy."""

    key: str
    """`EXTRACTOR/METRIC/STRATEGY`."""
    extractor: str
    metric: str
    strategy: str
    exact: bool
    means: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    precision_curve: list[float]
    recall_curve: list[float]
    by_label: list[LabelMeans]
    seconds: float
    ms_per_query: float
    bytes_per_image: int
    dims: int
    identity: dict[str, Any]
    run: str
    """Its file below the report's folder."""


class ReportComparison(TypedDict):
    """See `cbir.evaluation.comparison.Comparison`."""

    measure: str
    a: str
    b: str
    difference: float
    interval: tuple[float, float]
    p_value: float
    p_adjusted: float
    significant: bool
    better: int
    worse: int


class FailedFile(TypedDict):
    """A file that could not be read."""

    path: str
    reason: str
    remedy: str


class Refused(TypedDict):
    """A pair without a meaning."""

    extractor: str
    metric: str
    reason: str


class Account(TypedDict):
    """What the figures do not cover."""

    unlabelled: int
    without_relevant: int
    missing: list[str]
    duplicates: int
    passed_over: int
    failed: list[FailedFile]
    not_applicable: list[Refused]


class Best(TypedDict):
    """Keys of the cells with the highest mean of the primary measure."""

    by_extractor: dict[str, str]
    by_metric: dict[str, str]
    overall: str | None


class Report(TypedDict):
    """`report.json`. No absolute path stands in it."""

    version: int
    name: str
    created_at: str
    """ISO 8601, UTC."""
    cbir_version: str
    dataset: str
    format: str
    protocol: str
    protocol_definition: str
    label_column: str | None
    where: str | None
    engine: str | None
    """None: searched in memory."""
    images: int
    queries: int
    options: dict[str, Any]
    command: str
    """What makes this report again."""
    account: Account
    measures: list[ReportMeasure]
    primary_measure: str
    labels: list[LabelCount]
    """Most frequent first."""
    results: list[ReportResult]
    comparisons: list[ReportComparison]
    comparison_method: str
    best: Best


class ReportQuery(TypedDict):
    """A query."""

    name: str
    id: str
    path: str
    """Below the dataset's folder."""
    labels: list[str]
    crop: str | None
    relevant: int


class Queries(TypedDict):
    """`queries.json`."""

    queries: list[ReportQuery]
    grades: dict[str, dict[str, list[float]]]
    """By cell and measure, in the order of ``queries``."""


class ReportImage(TypedDict):
    """An image of the gallery or of a query."""

    path: str
    """Absolute, as Python's file functions give it."""
    shown: str
    """Below the dataset's folder, printable."""
    labels: list[str]


def require_report(document: Any) -> Report:
    """A document as `report.json`.

    Raises:
        pydantic.ValidationError: it is something else.
    """
    return cast("Report", _adapter(Report).validate_python(document))


def require_queries(document: Any) -> Queries:
    """A document as `queries.json`.

    Raises:
        pydantic.ValidationError: it is something else.
    """
    return cast("Queries", _adapter(Queries).validate_python(document))


def require_images(document: Any) -> dict[str, ReportImage]:
    """A document as `images.json`. Paths are kept as they are: `pydantic` refuses names that are not UTF-8.

    Raises:
        pydantic.ValidationError: it is something else.
    """
    _adapter(dict[str, dict[str, Any]]).validate_python(document)
    return cast("dict[str, ReportImage]", document)


@cache
def _adapter(form: Any) -> TypeAdapter[Any]:
    """Made once: that takes longer than checking a document."""
    return TypeAdapter(form)
