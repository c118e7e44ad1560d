"""The collection, descriptor, metric and strategy that a request names.

A name in an address that is not there is 404. Named in a body, a collection or an image that is not there is 404 too,
being a thing that may come and go; an extractor, metric or strategy is one of a few words, and another is 422.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from cbir.api.fields import about
from cbir.api.services import Services
from cbir.collection import Collection
from cbir.errors import InvalidRequestError
from cbir.strategies import STRATEGIES


@contextmanager
def opened(served: Services, name: str) -> Iterator[Collection]:
    """The collection in the field `collection`, open for reading.

    Raises:
        ProblemError: there is none of this name (404).
    """
    with ExitStack() as stack:
        with about("collection"):
            collection = stack.enter_context(served.collection(name))
        yield collection


@dataclass(frozen=True, slots=True)
class Choice:
    """A descriptor and a metric as a request names them, None for the default."""

    extractor: str | None
    metric: str | None
    at: str = ""
    """What stands before the names of the two fields (`pairs.0.`)."""


@contextmanager
def named(collection: Collection, choices: Sequence[Choice], strategy: str) -> Iterator[None]:
    """A search within the block that is refused says which of these is wrong. A search that is not costs no more.

    Raises:
        ProblemError: a name that is not known, or a metric that refuses the descriptor (422).
    """
    try:
        yield
    except InvalidRequestError:
        for choice in choices:
            _require(collection, choice)
        with about("strategy"):
            STRATEGIES.get(strategy)
        raise


def _require(collection: Collection, choice: Choice) -> None:
    with about(f"{choice.at}extractor"):
        extractor = choice.extractor or collection.default_extractor()
        collection.identity(extractor)
    with about(f"{choice.at}metric"):
        collection.choice(extractor, choice.metric)
