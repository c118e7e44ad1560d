"""What stores and searches: one contract (`base`), one package an engine, one registry."""

from __future__ import annotations

from collections.abc import Callable

from cbir.engines.base import Engine
from cbir.registry import Registry
from cbir.settings import Settings

EngineFactory = Callable[[Settings], Engine]

ENGINES: Registry[EngineFactory] = Registry("engine", group="cbir.engines")
"""By name a callable from settings to an engine. An entry point's object is a function of no arguments that returns
such a callable, so that naming an engine imports nothing of it."""


def open_engine(settings: Settings) -> Engine:
    """The engine that the settings name.

    Raises:
        UnknownNameError: no engine has this name.
    """
    return ENGINES.get(settings.engine)(settings)


def _embedded() -> EngineFactory:
    from cbir.engines.embedded.engine import EmbeddedEngine

    return lambda settings: EmbeddedEngine(settings.collections_dir)


def _elasticsearch() -> EngineFactory:
    from cbir.engines.elasticsearch.engine import ElasticsearchEngine

    return ElasticsearchEngine


ENGINES.register("embedded", _embedded)
ENGINES.register("elasticsearch", _elasticsearch)
