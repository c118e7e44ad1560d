"""Reports of evaluations as they are answered: never a path, but below the dataset's folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import ValidationError

from cbir.api.resource import PREFIX
from cbir.api.schemas.evaluations import (
    EvaluatedQuery,
    EvaluatedQueryParameters,
    Evaluation,
    EvaluationSummary,
    QueryOrder,
    RankedImage,
)
from cbir.errors import CorruptDataError

if TYPE_CHECKING:
    from cbir.evaluation.reports.store import GradedQuery, RankedHit, ReportSummary, StoredReport

ALL = 1 << 31
"""More queries than any dataset has."""


def thumbnail_address(report: str, image_id: str) -> str:
    """Where the picture of an image of a report's dataset is."""
    return f"{PREFIX}/evaluations/{quote(report, safe='')}/images/{image_id}/thumbnail"


def shown_summary(summary: ReportSummary) -> EvaluationSummary:
    """A report in a list."""
    return EvaluationSummary.model_validate(summary, from_attributes=True)


def shown_report(stored: StoredReport) -> Evaluation:
    """A report.

    Raises:
        CorruptDataError: it is not what a report must be.
    """
    try:
        return Evaluation.model_validate(stored.report)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise CorruptDataError(
            f"The report '{stored.name}' is damaged at '{place}': {first['msg']}.",
            remedy="Delete it, and run `cbir evaluate` again; descriptors are kept, so that it is quick.",
        ) from None


def shown_queries(
    stored: StoredReport, asked: EvaluatedQueryParameters, measure: str
) -> tuple[list[EvaluatedQuery], int]:
    """The page of queries that was asked for, in its order, and how many there are in all."""
    others: dict[str, float] = {}
    if asked.against is not None:
        others = {query.name: query.grade for query in stored.queries(asked.against, measure, limit=ALL).queries}
    graded = stored.queries(asked.result, measure, limit=ALL).queries
    found = [query for query in graded if asked.label is None or asked.label in query.labels]
    by = ORDERS[asked.order]
    found.sort(key=lambda query: (by(query.grade, others.get(query.name, 0.0)), query.name))
    page = found[asked.offset : asked.offset + asked.limit]
    return [_shown_query(stored.name, query, others.get(query.name)) for query in page], len(found)


def shown_query(stored: StoredReport, result: str, name: str, measure: str) -> EvaluatedQuery:
    """One query of a report that has it, with its grade."""
    graded = stored.queries(result, measure, limit=ALL).queries
    return next(_shown_query(stored.name, query, None) for query in graded if query.name == name)


def shown_hit(report: str, hit: RankedHit) -> RankedImage:
    """An image in a ranking."""
    return RankedImage(
        rank=hit.rank,
        id=hit.id,
        path=hit.shown,
        labels=list(hit.labels),
        score=hit.score,
        relevant=hit.relevant,
        thumbnail=thumbnail_address(report, hit.id),
    )


def _shown_query(report: str, query: GradedQuery, other: float | None) -> EvaluatedQuery:
    return EvaluatedQuery(
        name=query.name,
        id=query.id,
        path=query.path,
        labels=list(query.labels),
        crop=query.crop,
        relevant=query.relevant,
        grade=query.grade,
        against=other,
        thumbnail=thumbnail_address(report, query.id),
    )


ORDERS: dict[QueryOrder, Callable[[float, float], float]] = {
    QueryOrder.WORST: lambda grade, _: grade,
    QueryOrder.BEST: lambda grade, _: -grade,
    QueryOrder.AHEAD: lambda grade, other: other - grade,
    QueryOrder.BEHIND: lambda grade, other: grade - other,
}
"""What queries are sorted by, smallest first: from their grade and that of the other result."""
