"""The collection, descriptor, metric and strategy that a request names, checked before a picture is touched.

A name in an address that is not there is 404. Named in a body, a collection or an image that is not there is 404 too,
being a thing that may come and go; an extractor, metric or strategy is one of a few words, and another is 422.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from cbir.api.fields import about
from cbir.api.services import Services
from cbir.collection import Collection
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


def require_choice(
    collection: Collection, extractor: str | None, metric: str | None, strategy: str, at: str = ""
) -> None:
    """Refuse what cannot be searched with.

    Args:
        collection: where.
        extractor: as the request names it, None for the default.
        metric: the same.
        strategy: how candidates are found.
        at: what stands before the names of the fields (`pairs.0.`).

    Raises:
        ProblemError: a name that is not known, a metric that refuses the descriptor (422); no extractor is complete
            (409).
    """
    with about(f"{at}extractor"):
        chosen = extractor or collection.default_extractor()
        collection.identity(chosen)
    with about(f"{at}metric"):
        collection.choice(chosen, metric)
    with about("strategy"):
        STRATEGIES.get(strategy)
