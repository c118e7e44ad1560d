"""What there is to choose from."""

from __future__ import annotations

from pydantic import Field

from cbir.api.schemas.base import Output


class WeightsState(Output):
    """The weights that an extractor needs."""

    name: str
    available: bool
    remedy: str = Field(description="How to get them; empty where they are there.")


class MetricOfExtractor(Output):
    """Whether a metric has a meaning on an extractor's descriptors."""

    name: str
    allowed: bool
    reason: str = Field(description="Why not; empty where it is allowed.")


class Extractor(Output):
    """What turns a picture into a descriptor."""

    name: str
    summary: str
    dims: int = Field(description="Numbers in a descriptor.")
    non_negative: bool = Field(description="No number is ever below zero.")
    default_metric: str
    weights: WeightsState | None = Field(description="Null where it needs none.")
    usable: bool = Field(description="It can describe pictures now.")
    metrics: list[MetricOfExtractor]


class Pattern(Output):
    """Extractors whose names begin alike."""

    pattern: str = Field(description="How their names begin.")
    summary: str = Field(description="What stands behind.")


class Extractors(Output):
    """All extractors that are installed."""

    extractors: list[Extractor]
    patterns: list[Pattern]
    default: list[str] = Field(description="Those of a new collection, as far as they are usable.")


class Metric(Output):
    """What compares two descriptors."""

    name: str
    title: str
    summary: str
    formula: str = Field(description="In plain text; A is the query, B an image of the collection.")
    larger_is_better: bool = Field(description="A similarity, rather than a distance.")
    needs_non_negative: bool
    evaluation_only: bool = Field(description="Not for searching: it reproduces a published figure.")


class Metrics(Output):
    """All metrics that are installed."""

    metrics: list[Metric]


class Strategy(Output):
    """A way to find candidates."""

    name: str
    title: str
    summary: str
    exact: bool = Field(description="No image that belongs in the answer can be missed.")
    available: bool = Field(description="The engine in use can run it.")


class Strategies(Output):
    """All strategies that are installed."""

    strategies: list[Strategy]


class Engine(Output):
    """What stores and searches."""

    name: str
    strategies: list[str] = Field(description="Those it can run.")
    max_dims: int | None = Field(description="The longest descriptor that it can hold; null for any.")
    atomic_batches: bool = Field(description="A batch is there as a whole or not at all.")
    many_writers: bool = Field(description="Several processes may write to a collection at the same time.")
    url_queries: bool = Field(description="Whether this server fetches pictures to search with from addresses.")
    version: str = Field(description="The version of this program.")
