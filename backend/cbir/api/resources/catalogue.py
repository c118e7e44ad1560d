"""What there is to choose from: extractors, metrics, strategies, and the engine that runs them."""

from __future__ import annotations

from flask import Response

import cbir
from cbir.api.query_pictures import may_fetch
from cbir.api.resource import reply, resource, responses
from cbir.api.schemas import catalogue as schemas
from cbir.api.services import services
from cbir.collection import DEFAULT_EXTRACTORS
from cbir.errors import MetricNotApplicableError
from cbir.extractors import EXTRACTORS
from cbir.extractors.base import Extractor
from cbir.metrics import METRICS
from cbir.metrics.base import Metric
from cbir.strategies import STRATEGIES
from cbir.weights.base import Weights

api = resource("catalogue", "What there is to choose from.")


@api.get("/extractors", responses=responses({200: schemas.Extractors}))
def list_extractors() -> Response:
    """The extractors: what each describes, the metrics it allows, and whether its weights are there."""
    weights = services().library.weights
    patterns = EXTRACTORS.patterns().items()
    return reply(
        schemas.Extractors(
            extractors=[_extractor(one, weights) for one in EXTRACTORS],
            patterns=[schemas.Pattern(pattern=pattern, summary=summary) for pattern, summary in patterns],
            default=list(DEFAULT_EXTRACTORS),
        )
    )


@api.get("/metrics", responses=responses({200: schemas.Metrics}))
def list_metrics() -> Response:
    """The metrics with their formulas."""
    return reply(schemas.Metrics(metrics=[_metric(one) for one in METRICS]))


@api.get("/strategies", responses=responses({200: schemas.Strategies}))
def list_strategies() -> Response:
    """The ways to find candidates."""
    runnable = services().library.engine.capabilities.strategies
    strategies = [
        schemas.Strategy(
            name=one.name, title=one.title, summary=one.summary, exact=one.exact, available=one.name in runnable
        )
        for one in STRATEGIES
    ]
    return reply(schemas.Strategies(strategies=strategies))


@api.get("/engine", responses=responses({200: schemas.Engine}))
def show_engine() -> Response:
    """The engine in use and what it can do. It is not asked whether it is there: see `/ready`."""
    engine, settings = services().library.engine, services().settings
    return reply(
        schemas.Engine(
            name=engine.name,
            strategies=list(engine.capabilities.strategies),
            max_dims=engine.capabilities.max_dims,
            atomic_batches=engine.capabilities.atomic_batches,
            many_writers=engine.capabilities.many_writers,
            url_queries=may_fetch(settings),
            version=cbir.__version__,
        )
    )


def _extractor(one: Extractor, weights: Weights) -> schemas.Extractor:
    state = _weights(one.weights, weights) if one.weights else None
    return schemas.Extractor(
        name=one.name,
        summary=one.summary,
        dims=one.dims,
        non_negative=one.non_negative,
        default_metric=one.default_metric,
        weights=state,
        usable=state is None or state.available,
        metrics=[_allowed(metric, one) for metric in METRICS if not metric.evaluation_only],
    )


def _weights(name: str, weights: Weights) -> schemas.WeightsState:
    available = weights.available(name)
    remedy = "" if available else f"`cbir weights fetch {name}` on the server, or `cbir weights import FILE`."
    return schemas.WeightsState(name=name, available=available, remedy=remedy)


def _allowed(metric: Metric, extractor: Extractor) -> schemas.MetricOfExtractor:
    try:
        metric.require(extractor.name, non_negative=extractor.non_negative)
    except MetricNotApplicableError as error:
        return schemas.MetricOfExtractor(name=metric.name, allowed=False, reason=error.message)
    return schemas.MetricOfExtractor(name=metric.name, allowed=True, reason="")


def _metric(one: Metric) -> schemas.Metric:
    return schemas.Metric(
        name=one.name,
        title=one.title,
        summary=one.summary,
        formula=one.formula,
        larger_is_better=one.larger_is_better,
        needs_non_negative=one.needs_non_negative,
        evaluation_only=one.evaluation_only,
    )
