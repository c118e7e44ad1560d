"""Reports of `cbir evaluate`, their queries and rankings. Pictures by id, and only those that a report lists."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Response

from cbir.api.evaluation_answers import shown_hit, shown_queries, shown_query, shown_report, shown_summary
from cbir.api.resource import reply, resource, responses
from cbir.api.resources.media import RENDERED, thumbnail_answer
from cbir.api.schemas.addresses import Paging
from cbir.api.schemas.evaluations import (
    DEEPEST,
    DeletedEvaluation,
    EvaluatedImage,
    EvaluatedQueryList,
    EvaluatedQueryParameters,
    EvaluatedRanking,
    Evaluation,
    EvaluationList,
    OneEvaluation,
    RankingParameters,
)
from cbir.api.schemas.media import ThumbnailParameters
from cbir.api.security.rates import uncounted
from cbir.api.services import services
from cbir.disk.errors import reading
from cbir.errors import NotFoundError
from cbir.records import ImageRecord, Location

if TYPE_CHECKING:
    from cbir.evaluation.reports.store import Reports

UNKNOWN = -1
"""Size and time of a file of which a report keeps the hash alone: it is hashed before it is shown."""

FOLDER = "evaluations"
"""Of the data folder: where `cbir evaluate` keeps its reports."""

api = resource("evaluations", "How good the answers were: reports of `cbir evaluate`.")


@api.get("/evaluations", responses=responses({200: EvaluationList}))
def list_evaluations(query: Paging) -> Response:
    """Reports, latest first."""
    found = _reports().list()
    page = [shown_summary(one) for one in found[query.offset : query.offset + query.limit]]
    return reply(EvaluationList(evaluations=page, total=len(found), offset=query.offset, limit=query.limit))


@api.get("/evaluations/<report>", responses=responses({200: Evaluation}))
def show_evaluation(path: OneEvaluation) -> Response:
    """A report: every result with its means, intervals and curves, comparisons, and what was left out."""
    return reply(shown_report(_reports().open(path.report)))


@api.delete("/evaluations/<report>", responses=responses({200: DeletedEvaluation}))
def delete_evaluation(path: OneEvaluation) -> Response:
    """Delete a report, a damaged one too. Images and their cached descriptors stay."""
    _reports().delete(path.report)
    return reply(DeletedEvaluation(name=path.report))


@api.get("/evaluations/<report>/queries", responses=responses({200: EvaluatedQueryList}))
def list_evaluated_queries(path: OneEvaluation, query: EvaluatedQueryParameters) -> Response:
    """Queries with their grades, worst first unless asked otherwise."""
    stored = _reports().open(path.report)
    measure = query.measure or str(stored.report["primary_measure"])
    page, total = shown_queries(stored, query, measure)
    return reply(
        EvaluatedQueryList(
            result=query.result,
            measure=measure,
            queries=page,
            total=total,
            offset=query.offset,
            limit=query.limit,
        )
    )


@api.get("/evaluations/<report>/rankings", responses=responses({200: EvaluatedRanking}))
def show_evaluated_ranking(path: OneEvaluation, query: RankingParameters) -> Response:
    """What one result found for one query, best first, without what the protocol takes out."""
    stored = _reports().open(path.report)
    measure = query.measure or str(stored.report["primary_measure"])
    hits = stored.ranking(query.result, query.query, DEEPEST)
    return reply(
        EvaluatedRanking(
            result=query.result,
            measure=measure,
            query=shown_query(stored, query.result, query.query, measure),
            depth=len(hits),
            hits=[shown_hit(path.report, hit) for hit in hits[: query.limit]],
        )
    )


@api.get("/evaluations/<report>/images/<id>/thumbnail", responses=responses({200: RENDERED, 304: None}))
@uncounted
def show_evaluated_image(path: EvaluatedImage, query: ThumbnailParameters) -> Response:
    """A small picture of an image of the report, upright and without metadata, as WebP or JPEG by `Accept`."""
    place = _reports().open(path.report).image_path(path.id)
    if place is None:
        raise NotFoundError(f"The report '{path.report}' has no image {path.id}.", remedy="Its rankings name images.")
    record = ImageRecord(path.id, 0, 0, "", (Location(place, UNKNOWN, UNKNOWN),))
    try:
        return thumbnail_answer(record, query.size)
    except NotFoundError:
        raise NotFoundError(
            f"The file of the image {path.id} is not there, or has changed since it was evaluated.",
            remedy="Put the file back where it was, or evaluate the dataset again.",
        ) from None


@api.get("/evaluations/<report>/page", responses=responses({200: "text/html"}))
def download_evaluation(path: OneEvaluation) -> Response:
    """The report as a page of its own that needs nothing else, to be saved."""
    page = _reports().open(path.report).html_path
    try:
        with reading(page):
            data = page.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(
            f"The report '{path.report}' has no page.", remedy="Evaluate the dataset again."
        ) from None
    headers = {"Content-Disposition": _disposition(path.report)}
    return Response(data, content_type="text/html; charset=utf-8", headers=headers)


def _disposition(report: str) -> str:
    """To be saved: a page that is opened here could ask this server."""
    return f"attachment; filename*=UTF-8''{quote(report, safe='')}.html"


def _reports() -> Reports:
    from cbir.evaluation.reports.store import Reports

    return Reports(services().settings.data_dir / FOLDER)
