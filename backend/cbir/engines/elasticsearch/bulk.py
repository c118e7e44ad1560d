"""Many changes of images, sent in requests of a bounded size and repeated until each is settled.

Repeating is safe: an action carries the image's id and the state of the document that it is meant for, so that
nothing happens twice. An answer that was lost after its request had been done shows as a conflict of the repetition;
such outcomes are marked `uncertain`.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any, cast

import orjson
from elastic_transport import ConnectionError as NodeError
from elastic_transport import ConnectionTimeout, TlsError
from elasticsearch import ApiError

from cbir.engines.elasticsearch.connection import Cluster
from cbir.engines.elasticsearch.failures import as_error, refused
from cbir.errors import CbirError

CHUNK_BYTES = 6 << 20
"""Of one request; a server takes 100 MB unless it is told otherwise."""
FIRST_CHUNK_BYTES = 1 << 20
"""Of a call's first request, doubled with each until `CHUNK_BYTES`, so that the server is at work early."""
IN_FLIGHT = 2
"""Requests that wait for their answers at the same time."""
BACK_OFF, LONGEST_BACK_OFF = 0.2, 5.0
"""Seconds before the first repetition, which double with each, up to the longest."""

_TRY_AGAIN = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_BLOCKED = "cluster_block_exception"
"""What a full disk answers too, with a status that else means: try again."""
_ANSWER = ["items.*.status", "items.*.result", "items.*.error"]
"""The parts of an answer that are read."""


class Kind(Enum):
    """What is done to a document."""

    CREATE = "create"
    """Store it, if there is none of this id."""
    INDEX = "index"
    """Store it in the place of the one that is there."""
    UPDATE = "update"
    """Change some of its fields."""
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Action:
    """One change of one document."""

    kind: Kind
    id: str
    body: bytes = b""
    """A line of JSON; a deletion has none."""
    version: tuple[int, int] | None = None
    """Sequence number and primary term of the state that it is meant for; None for any."""

    def lines(self) -> tuple[bytes, ...]:
        """As the lines of a request."""
        about: dict[str, Any] = {"_id": self.id}
        if self.version:
            about["if_seq_no"], about["if_primary_term"] = self.version
        header = orjson.dumps({self.kind.value: about})
        return (header, self.body) if self.body else (header,)


class End(Enum):
    """How an action ended."""

    DONE = "done"
    MISSING = "missing"
    """There is no document of this id."""
    CONFLICT = "conflict"
    """The document is in another state than the one that the action was meant for."""
    REFUSED = "refused"
    """The server does not take this document, and never will."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an action."""

    id: str
    end: End
    uncertain: bool = False
    """It was sent more than once, so that a conflict may be with itself."""
    error: CbirError | None = None
    """Why it was refused."""


class Bulk:
    """Sends actions to one collection."""

    def __init__(
        self,
        cluster: Cluster,
        collection: str,
        *,
        chunk_bytes: int = CHUNK_BYTES,
        in_flight: int = IN_FLIGHT,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cluster = cluster
        self._collection = collection
        self._chunk_bytes = chunk_bytes
        self._in_flight = in_flight
        self._pause = pause

    def send(self, actions: Iterable[Action]) -> Iterator[Outcome]:
        """One outcome an action, in their order; actions are drawn as they are sent.

        Actions of one call may be done in any order, so no two are to have the same id.

        Raises:
            CbirError: the cluster takes none of them (away, full, blocked, no such collection), or was too busy to
                settle any within the time-out; those settled before stay.
        """
        flying: deque[Future[list[Outcome]]] = deque()
        with ThreadPoolExecutor(self._in_flight) as pool:
            for chunk in self._chunks(actions):
                flying.append(pool.submit(self._deliver, chunk))
                if len(flying) == self._in_flight:
                    yield from flying.popleft().result()
            while flying:
                yield from flying.popleft().result()

    def _chunks(self, actions: Iterable[Action]) -> Iterator[list[Action]]:
        """Actions whose bodies together are of the size of a request."""
        chunk: list[Action] = []
        size, limit = 0, min(FIRST_CHUNK_BYTES, self._chunk_bytes)
        for action in actions:
            if chunk and size + len(action.body) > limit:
                yield chunk
                chunk, size, limit = [], 0, min(2 * limit, self._chunk_bytes)
            chunk.append(action)
            size += len(action.body)
        if chunk:
            yield chunk

    def _deliver(self, actions: Sequence[Action]) -> list[Outcome]:
        """Send a chunk until each of its actions is settled."""
        settled: dict[str, Outcome] = {}
        waiting, repeated = list(actions), False
        attempts = _Attempts(self._cluster.timeout, self._pause)
        while waiting:
            try:
                items = self._request(waiting, attempts.left)
            except (ApiError, NodeError, ConnectionTimeout) as error:
                if _too_large(error) and len(waiting) > 1:
                    return self._halved(actions, settled, waiting)
                if not _passing(error) or not attempts.another():
                    raise self._translated(error, waiting) from error
                repeated = True
                continue
            answered = list(zip(waiting, items, strict=True))
            busy = [(action, item) for action, item in answered if _busy(item)]
            settled |= {a.id: self._outcome(a, item, uncertain=repeated) for a, item in answered if not _busy(item)}
            if len(busy) < len(waiting):
                attempts = _Attempts(self._cluster.timeout, self._pause)
            if busy and not attempts.another():
                raise self._refused(*busy[0])
            waiting, repeated = [action for action, _ in busy], True
        return [settled[action.id] for action in actions]

    def _halved(
        self, actions: Sequence[Action], settled: Mapping[str, Outcome], waiting: Sequence[Action]
    ) -> list[Outcome]:
        middle = len(waiting) // 2
        rest = {one.id: one for half in (waiting[:middle], waiting[middle:]) for one in self._deliver(half)}
        return [settled.get(action.id) or rest[action.id] for action in actions]

    def _request(self, actions: Sequence[Action], seconds: float) -> list[Mapping[str, Any]]:
        """One attempt: the answer's items."""
        # The client's own repetitions are off: they would hide that an action was sent more than once.
        client = self._cluster.client.options(request_timeout=seconds, max_retries=0)
        lines = [line for action in actions for line in action.lines()]
        answer = client.bulk(
            index=self._cluster.names.alias(self._collection),
            operations=cast("Sequence[Mapping[str, Any]]", lines),
            require_alias=True,
            timeout=self._cluster.patience,
            filter_path=_ANSWER,
        )
        return [next(iter(item.values())) for item in answer["items"]]

    def _outcome(self, action: Action, item: Mapping[str, Any], *, uncertain: bool) -> Outcome:
        status, error = item["status"], item.get("error")
        if not error:
            missing = item["result"] == "not_found"
            return Outcome(action.id, End.MISSING if missing else End.DONE, uncertain)
        if status == HTTPStatus.CONFLICT:
            return Outcome(action.id, End.CONFLICT, uncertain)
        if error["type"] == "document_missing_exception":
            return Outcome(action.id, End.MISSING, uncertain)
        if status == HTTPStatus.BAD_REQUEST:
            return Outcome(action.id, End.REFUSED, uncertain, self._refused(action, item))
        raise self._refused(action, item)

    def _refused(self, action: Action, item: Mapping[str, Any]) -> CbirError:
        about = f"image {action.id} of the collection '{self._collection}'"
        return refused(item["status"], item["error"], self._cluster.asked(about))

    def _translated(self, error: Exception, waiting: Sequence[Action]) -> CbirError:
        about = f"the collection '{self._collection}'"
        if _too_large(error):
            about = f"image {waiting[0].id} ({len(waiting[0].body):,} bytes) of {about}"
        return as_error(error, self._cluster.asked(about))


class _Attempts:
    """The attempts of one request, as long as there is time."""

    def __init__(self, seconds: float, pause: Callable[[float], None]) -> None:
        self._seconds = seconds
        self._pause = pause
        self._end = time.monotonic() + seconds
        self._back_off = BACK_OFF

    @property
    def left(self) -> float:
        """Seconds that the next attempt may take."""
        return max(self._end - time.monotonic(), BACK_OFF)

    def another(self) -> bool:
        """Wait a while, if another attempt is possible then."""
        wait = self._back_off * random.uniform(0.5, 1)  # noqa: S311 - not a secret
        if time.monotonic() + wait >= self._end:
            return False
        self._pause(wait)
        self._back_off = min(2 * self._back_off, LONGEST_BACK_OFF)
        return True


def _busy(item: Mapping[str, Any]) -> bool:
    """Whether an item may succeed at another attempt."""
    return item["status"] in _TRY_AGAIN and item["error"]["type"] != _BLOCKED


def _passing(error: Exception) -> bool:
    """Whether a request may succeed at another attempt."""
    if isinstance(error, ApiError):
        return error.meta.status in _TRY_AGAIN and error.error != _BLOCKED
    return not isinstance(error, TlsError)


def _too_large(error: Exception) -> bool:
    return isinstance(error, ApiError) and error.meta.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
