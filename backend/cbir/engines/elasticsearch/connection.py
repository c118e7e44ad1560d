"""The connection to a cluster: made from the settings, checked once, one bound and one translation for each call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import elasticsearch
from elasticsearch import Elasticsearch
from elasticsearch.helpers.errors import BulkIndexError, ScanError

from cbir.engines.elasticsearch.address import Address, address_of
from cbir.engines.elasticsearch.failures import Asked, as_error, incomplete, refused
from cbir.engines.elasticsearch.names import Names
from cbir.engines.elasticsearch.transport import RETRIED, BoundedNode, BoundedTransport
from cbir.errors import ConflictError
from cbir.settings import Settings

OLDEST = (9, 3)
"""The first server that takes vectors as base64."""
RETRIES = 3
BACK_OFF, LONGEST_BACK_OFF = 0.2, 2.0
"""Seconds between the attempts of one call: the first, and the longest."""
SERVER_SHARE = 0.8
"""Of the time-out of a call the part that a server may spend waiting."""
CLIENT_ERRORS = (elasticsearch.ApiError, elasticsearch.TransportError, BulkIndexError, ScanError)
"""Everything that the client raises when a cluster does not do as it was told."""


@dataclass(eq=False, slots=True)
class Cluster:
    """A cluster that was reached once."""

    client: Elasticsearch
    address: Address
    names: Names
    shards: int
    timeout: float
    """Seconds that a call may take, all its attempts together."""
    version: tuple[int, ...] = ()
    prepared: bool = False
    """Whether the cluster is known to hold what it has to; see `resources.require`."""

    @property
    def patience(self) -> str:
        """What a request that waits on the server's side may give as its own `timeout`: a little less than ours, so
        that the server says why it waited.
        """
        return f"{round(self.timeout * SERVER_SHARE * 1000)}ms"

    @contextmanager
    def answers(self, about: str) -> Iterator[None]:
        """Turn whatever the client raises into an error of this program.

        Args:
            about: what is being done and to what, as a noun: "the collection 'photos'", "searching 'photos'".

        Raises:
            CbirError: as `failures.as_error` says; the client's exception is its cause.
        """
        try:
            yield
        except CLIENT_ERRORS as error:
            raise as_error(error, self.asked(about)) from error

    def hits(self, response: Mapping[str, Any], about: str) -> Sequence[Mapping[str, Any]]:
        """The hits of one response of a multi-search.

        Raises:
            CbirError: it is an error, or not the whole answer.
        """
        if "error" in response:
            raise refused(response["status"], response["error"], self.asked(about))
        if response["timed_out"] or response["_shards"]["failed"]:
            raise incomplete(self.asked(about))
        return cast("Sequence[Mapping[str, Any]]", response["hits"]["hits"])

    def asked(self, about: str) -> Asked:
        """Of whom something was asked, for `failures`."""
        return Asked(about, self.address.shown, self.names, self.timeout)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()


def connect(settings: Settings) -> Cluster:
    """Reach the cluster that the settings name.

    Raises:
        InvalidRequestError: the settings have no meaning.
        UnavailableError: nothing that is an Elasticsearch answers there in time.
        AccessRefusedError: it does not know or trust us, or we do not trust it.
        ConflictError: it is of a version that this program cannot talk to.
    """
    names = Names(settings.elasticsearch_namespace)
    address = address_of(settings)
    cluster = Cluster(
        client=_client(address, settings.elasticsearch_timeout),
        address=address,
        names=names,
        shards=settings.elasticsearch_shards,
        timeout=float(settings.elasticsearch_timeout),
    )
    try:
        with cluster.answers("connecting"):
            found = cluster.client.info()
        cluster.version = _version(found["version"]["number"], address)
    except BaseException:
        cluster.close()
        raise
    return cluster


def _client(address: Address, timeout: float) -> Elasticsearch:
    options: dict[str, Any] = {**address.login, **address.trust}
    return Elasticsearch(
        list(address.urls),
        **options,
        serializer=elasticsearch.OrjsonSerializer(),
        transport_class=BoundedTransport,
        node_class=BoundedNode,
        request_timeout=timeout,
        max_retries=max(RETRIES, len(address.urls)),
        retry_on_status=RETRIED,
        retry_on_timeout=False,
        retry_backoff_base=BACK_OFF,
        retry_backoff_cap=LONGEST_BACK_OFF,
    )


def _version(text: str, address: Address) -> tuple[int, ...]:
    """The server's version, refused where this program cannot talk to it."""
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    version = tuple(int(part or 0) for part in found.groups()) if found else (0,)
    major = elasticsearch.__version__[0]
    if version[0] == major and version >= OLDEST:
        return version
    oldest = ".".join(map(str, OLDEST))
    needed = f"{oldest} or a later {major}.x"
    raise ConflictError(
        f"The cluster at {address.shown} runs Elasticsearch {text}; this program needs {needed}.",
        remedy="Upgrade this program." if version[0] > major else "Upgrade the cluster.",
    )
