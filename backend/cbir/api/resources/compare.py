"""Descriptors and metrics side by side."""

from __future__ import annotations

from flask import Response

from cbir.api import hits
from cbir.api.choosing import Choice, named, opened
from cbir.api.operations import record_steps
from cbir.api.resource import either, read_either, reply, resource, responses
from cbir.api.roles import Role, require
from cbir.api.schemas.compare import (
    ENCODING,
    Agreement,
    Column,
    ComparisonAnswer,
    ComparisonBody,
    ComparisonForm,
    Pair,
)
from cbir.api.services import services
from cbir.api.sought import Sought, sought
from cbir.collection import Collection
from cbir.searching.comparing import Comparison
from cbir.searching.comparing import compare as compare_columns
from cbir.searching.search import Found, Search

Wanted = ComparisonBody | ComparisonForm

api = resource("compare", "One picture, several descriptors and metrics, side by side.")


@api.post(
    "/compare",
    summary="Compare descriptors and metrics",
    openapi_extensions=either(api, ComparisonBody, ComparisonForm, ENCODING),
    responses=responses({200: ComparisonAnswer}, 409, 413, 415),
)
@require(Role.READ)
def compare() -> Response:
    """What each pair of descriptor and metric finds for one picture, and how far every two of them agree."""
    served = services()
    wanted = read_either(ComparisonBody, ComparisonForm)
    pairs = [one if isinstance(one, Pair) else _pair(one) for one in wanted.pairs]
    with opened(served, wanted.collection) as collection:
        looked_for = sought(wanted, served)
        choices = [Choice(one.extractor, one.metric, f"pairs.{index}.") for index, one in enumerate(pairs)]
        with named(collection, choices, wanted.strategy):
            comparison = _compare(collection, wanted, looked_for, pairs)
    answer = _answer(wanted, looked_for, comparison)
    record_steps(answer.steps_ms.model_dump())
    return reply(answer)


def _pair(text: str) -> Pair:
    extractor, _, metric = text.partition(",")
    return Pair(extractor=extractor, metric=metric)


def _compare(collection: Collection, wanted: Wanted, looked_for: Sought, pairs: list[Pair]) -> Comparison:
    asked = Search(
        positives=looked_for.positives,
        negatives=looked_for.negatives,
        strategy=wanted.strategy,
        k=wanted.k,
        labels=tuple(wanted.labels),
        text=wanted.text,
        exclude_self=wanted.exclude_self,
        closeness=wanted.closeness,
    )
    return compare_columns(collection, asked, [(pair.extractor, pair.metric) for pair in pairs])


def _answer(wanted: Wanted, looked_for: Sought, comparison: Comparison) -> ComparisonAnswer:
    times = hits.step_times(column.steps for column in comparison.columns)
    return ComparisonAnswer(
        collection=comparison.columns[0].collection,
        strategy=wanted.strategy,
        k=comparison.k,
        took_ms=hits.together(times),
        steps_ms=times,
        query=looked_for.kept.token if looked_for.kept else None,
        query_expires_at=looked_for.kept.expires_at if looked_for.kept else None,
        columns=list(map(_column, comparison.columns)),
        agreements=[
            Agreement(columns=(one.first, one.second), overlap=one.overlap, kendall=one.kendall)
            for one in comparison.agreements
        ],
    )


def _column(found: Found) -> Column:
    return Column(
        extractor=found.extractor,
        metric=found.metric,
        exact=found.exact,
        nothing_similar=found.nothing_similar,
        hits=hits.hits(found),
    )
