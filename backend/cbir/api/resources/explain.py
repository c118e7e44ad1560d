"""Why an image is a hit."""

from __future__ import annotations

from flask import Response

from cbir.api import hits
from cbir.api.choosing import Choice, named, opened
from cbir.api.fields import about
from cbir.api.operations import record_steps
from cbir.api.parts_shown import shown_part, shown_regions
from cbir.api.resource import either, read_either, reply, resource, responses
from cbir.api.roles import Role, require
from cbir.api.schemas.explain import (
    ENCODING,
    ExplainedShare,
    Explanation,
    ExplanationBody,
    ExplanationForm,
    LargestShares,
    RankUnderMetric,
    ScoreFormula,
)
from cbir.api.services import services
from cbir.api.sought import NamedExample, Sought, sought
from cbir.collection import Collection
from cbir.explain import explaining
from cbir.explain.ranks import RankUnder
from cbir.explain.terms import decomposition_of
from cbir.searching.examples import IndexedExample
from cbir.searching.steps import Steps

Wanted = ExplanationBody | ExplanationForm

api = resource("explain", "Why an image is a hit.")


@api.post(
    "/explain",
    summary="Explain a hit",
    openapi_extensions=either(api, ExplanationBody, ExplanationForm, ENCODING),
    responses=responses({200: Explanation}, 409, 413, 415),
)
@require(Role.READ)
def explain() -> Response:
    """The score of one image for a query taken apart, dimension by dimension, and its rank under every metric.

    Every dimension has two shares, neither below 0: of what parts the query and the image, and of what they have in
    common; `formula` says which, and how the score follows from their sums. A metric of another package that has not
    been taken apart is 422. Ranks are exact up to 10,000.
    """
    served = services()
    wanted = read_either(ExplanationBody, ExplanationForm)
    steps = Steps()
    with opened(served, wanted.collection) as collection:
        looked_for = sought(wanted, served)
        with named(collection, [Choice(wanted.extractor, wanted.metric)], "exact"):
            chosen = collection.choice(wanted.extractor, wanted.metric)
            with about("metric"):
                decomposition_of(chosen.metric.name)
            found = _explain(collection, wanted, looked_for, steps)
        answer = _answer(collection.name, looked_for, found, steps)
    record_steps(answer.steps_ms.model_dump())
    return reply(answer)


def _explain(collection: Collection, wanted: Wanted, looked_for: Sought, steps: Steps) -> explaining.Explanation:
    question = explaining.Question(
        positives=looked_for.positives,
        negatives=looked_for.negatives,
        image=NamedExample(IndexedExample(wanted.hit), "hit"),
        extractor=wanted.extractor,
        metric=wanted.metric,
        top=wanted.top,
        ranks=wanted.ranks,
        labels=tuple(wanted.labels),
        text=wanted.text,
        exclude_self=wanted.exclude_self,
    )
    return explaining.explain(collection, question, steps)


def _answer(collection: str, looked_for: Sought, found: explaining.Explanation, steps: Steps) -> Explanation:
    times = hits.step_times([steps])
    return Explanation(
        collection=collection,
        extractor=found.choice.identity.name,
        metric=found.choice.metric.name,
        hit=found.image,
        query=looked_for.kept.token if looked_for.kept else None,
        query_expires_at=looked_for.kept.expires_at if looked_for.kept else None,
        took_ms=hits.together(times),
        steps_ms=times,
        kind=found.reader.kind,
        dims=found.choice.identity.dims,
        score=found.score,
        larger_is_better=found.choice.metric.larger_is_better,
        formula=ScoreFormula(
            apart=found.decomposition.apart, together=found.decomposition.together, score=found.decomposition.score
        ),
        apart=found.apart,
        together=found.together,
        regions=shown_regions(found.reader.regions),
        dimensions=_largest(found.dimensions),
        groups=list(map(_largest, found.groups)),
        ranks=list(map(_rank, found.ranks)),
    )


def _largest(found: explaining.Largest) -> LargestShares:
    return LargestShares(
        by=found.by,
        count=found.count,
        together=list(map(_share, found.together)),
        apart=list(map(_share, found.apart)),
    )


def _share(found: explaining.Share) -> ExplainedShare:
    return ExplainedShare(
        part=shown_part(found.part),
        query=found.query,
        hit=found.image,
        apart=found.apart,
        together=found.together,
    )


def _rank(found: RankUnder) -> RankUnderMetric:
    return RankUnderMetric(
        metric=found.metric.name,
        score=found.score,
        larger_is_better=found.metric.larger_is_better,
        closeness=found.closeness,
        rank=found.rank,
        beyond=found.beyond,
    )
