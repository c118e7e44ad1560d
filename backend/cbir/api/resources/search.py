"""Searching, and rankings as files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Response

from cbir.api import hits
from cbir.api.choosing import Choice, named, opened
from cbir.api.operations import record_steps
from cbir.api.resource import either, read_either, reply, resource, responses
from cbir.api.roles import Role, require
from cbir.api.schemas.search import FORM_ENCODING, Answer, ExportParameters, SearchBody, SearchForm
from cbir.api.services import services
from cbir.api.sought import Sought, sought
from cbir.searching import exports
from cbir.searching.search import Found, Search, find

Wanted = SearchBody | SearchForm

api = resource("search", "The images most similar to a picture.")


@dataclass(frozen=True, slots=True)
class ExportForm:
    """A form in which a ranking is saved."""

    media_type: str
    lines: Callable[[Wanted, Found], Iterator[str]]


EXPORT_FORMS = {
    "json": ExportForm("application/json", lambda _wanted, found: exports.to_json(found)),
    "csv": ExportForm("text/csv; charset=utf-8", lambda _wanted, found: exports.to_csv(found)),
    "trec": ExportForm(
        "text/plain; charset=utf-8", lambda wanted, found: exports.to_trec(found, wanted.image_id or "query")
    ),
}
"""By the name that the request gives, which the file ends in."""


@api.post(
    "/search",
    summary="Search",
    openapi_extensions=either(api, SearchBody, SearchForm, FORM_ENCODING),
    responses=responses({200: Answer}, 409, 413, 415),
)
@require(Role.READ)
def search() -> Response:
    """The images most similar to a picture, best first.

    A collection, an image or a query that is not there is 404: such things come and go. An extractor, metric or
    strategy that is not known is 422, as is a metric that the descriptor does not allow. An extractor that has not
    described every image yet is 409, and 503 says that weights are missing or a part of the server is away. A file
    that is declared as something else than a picture is 415, one that cannot be read as a picture 422.
    """
    looked_for, found = _find(read_either(SearchBody, SearchForm))
    return reply(hits.answer(found, looked_for.kept))


@api.post(
    "/search/export",
    summary="Save a ranking",
    openapi_extensions=either(api, SearchBody, SearchForm, FORM_ENCODING),
    responses=responses(None, 409, 413, 415)
    | {
        200: {
            "description": "The ranking as a file.",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "text/csv": {"schema": {"type": "string"}},
                "text/plain": {"schema": {"type": "string"}},
            },
        }
    },
)
@require(Role.READ)
def export(query: ExportParameters) -> Response:
    """The hits of a search as a file: JSON, CSV, or a run as TREC's programs read it."""
    form = EXPORT_FORMS[query.format]
    wanted = read_either(SearchBody, SearchForm)
    _, found = _find(wanted)
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", f"{found.collection}-{found.extractor}-{found.metric}.{query.format}")
    return Response(
        form.lines(wanted, found),
        content_type=form.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _find(wanted: Wanted) -> tuple[Sought, Found]:
    served = services()
    with opened(served, wanted.collection) as collection:
        looked_for = sought(wanted, served)
        asked = Search(
            positives=looked_for.positives,
            negatives=looked_for.negatives,
            extractor=wanted.extractor,
            metric=wanted.metric,
            strategy=wanted.strategy,
            k=wanted.k,
            offset=wanted.offset,
            labels=tuple(wanted.labels),
            text=wanted.text,
            exclude_self=wanted.exclude_self,
            threshold=wanted.threshold,
            collapse=wanted.collapse,
            centred=wanted.centred,
            closeness=wanted.closeness,
        )
        with named(collection, [Choice(wanted.extractor, wanted.metric)], wanted.strategy):
            found = find(collection, asked)
    record_steps(found.steps.milliseconds())
    return looked_for, found
