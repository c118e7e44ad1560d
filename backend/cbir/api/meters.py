"""What is counted for Prometheus.

Several web processes count together where `PROMETHEUS_MULTIPROC_DIR` named a folder before prometheus-client was
imported (the server does that); then each writes files there, which are added up when somebody asks. A single process
counts in memory, each application for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.values import ValueClass

if TYPE_CHECKING:
    from prometheus_client.core import Metric

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Upper edges of the histograms' bars."""

METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})


class Meters:
    """The histograms of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "cbir_http_request_seconds",
            "From a request's arrival to the first byte of its answer.",
            ("method", "route", "status"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._steps = Histogram(
            "cbir_step_seconds",
            "The steps of a search.",
            ("step",),
            buckets=SECONDS,
            registry=self._registry,
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        known = method if method in METHODS else "other"
        self._requests.labels(known, route, str(status)).observe(seconds)

    def steps(self, milliseconds: Mapping[str, float]) -> None:
        """Count the steps of a search."""
        for name, ms in milliseconds.items():
            self._steps.labels(name).observe(ms / 1000)

    def text(self, states: Iterable[Metric]) -> bytes:
        """Everything in Prometheus' text form, with ``states``, which are looked at when somebody asks."""
        shown = CollectorRegistry()
        shown.register(_Now(states))
        if ValueClass._multiprocess:  # noqa: SLF001 — the library's only word on it
            MultiProcessCollector(shown)  # type: ignore[no-untyped-call]  # the library's signature lacks types
            return generate_latest(shown)
        return generate_latest(self._registry) + generate_latest(shown)


def gauge(name: str, what: str, values: Mapping[str, float], label: str = "") -> Metric:
    """Values as they are now: one for each value of ``label``, or a single one under the empty name."""
    found = GaugeMetricFamily(name, what, labels=[label] if label else [])
    for key, value in values.items():
        found.add_metric([key] if label else [], value)
    return found


class _Now(Collector):
    def __init__(self, states: Iterable[Metric]) -> None:
        self._states = tuple(states)

    def collect(self) -> Iterator[Metric]:
        yield from self._states
