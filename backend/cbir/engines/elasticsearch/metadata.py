"""What collections keep by key, in a small index of its own, and the right to change a collection's description."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from elastic_transport import ObjectApiResponse

from cbir.engines.elasticsearch.connection import Cluster
from cbir.errors import WriterBusyError

LEASE_SECONDS = 120
"""After this time the right to change a description is free, since who held it must have been killed."""
PAUSE = 0.1
"""Seconds between two attempts to get it."""

_SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
_MAPPINGS = {
    "dynamic": "strict",
    "properties": {
        "collection": {"type": "keyword"},
        "key": {"type": "keyword"},
        "value": {"type": "keyword", "index": False, "doc_values": False},
        "until": {"type": "double", "index": False},
    },
}
_GONE = HTTPStatus.NOT_FOUND
_TAKEN = HTTPStatus.CONFLICT
_ABOUT = "what collections keep"


class Metadata:
    """The values of all collections of a namespace; the index is made when it is first needed."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._index = cluster.names.metadata

    def get(self, collection: str, key: str) -> Any:
        """A JSON value, None where there is none."""
        with self._cluster.answers(_ABOUT):
            client = self._cluster.client.options(ignore_status=_GONE)
            found = client.get(index=self._index, id=self._id(collection, key))
        return json.loads(found["_source"]["value"]) if found.body.get("found") else None

    def keys(self, collection: str) -> list[str]:
        """The keys of a collection's values, ascending."""
        with self._cluster.answers(_ABOUT):
            client = self._cluster.client.options(ignore_status=_GONE)
            client.indices.refresh(index=self._index)
            found = client.search(
                index=self._index,
                query={"bool": {"filter": [self._of(collection), {"exists": {"field": "key"}}]}},
                sort=[{"key": "asc"}],
                size=10_000,
                allow_partial_search_results=False,
                timeout=self._cluster.patience,
            )
        return [hit["_source"]["key"] for hit in found.body["hits"]["hits"]] if "hits" in found.body else []

    def set(self, collection: str, key: str, value: Any) -> None:
        """Keep a JSON value; None takes the key away."""
        if value is None:
            with self._cluster.answers(_ABOUT):
                client = self._cluster.client.options(ignore_status=_GONE)
                client.delete(index=self._index, id=self._id(collection, key))
            return
        self._require_index()
        text = json.dumps(value)
        document = {"collection": self._alias(collection), "key": key, "value": text}
        with self._cluster.answers(_ABOUT):
            self._cluster.client.index(index=self._index, id=self._id(collection, key), document=document)

    def drop(self, collection: str) -> None:
        """Forget all values of a collection."""
        with self._cluster.answers(_ABOUT):
            client = self._cluster.client.options(ignore_status=_GONE)
            client.indices.refresh(index=self._index)
            client.delete_by_query(
                index=self._index, query=self._of(collection), conflicts="proceed", ignore_unavailable=True
            )

    @contextmanager
    def exclusive(self, collection: str) -> Iterator[None]:
        """The sole right to change the description of a collection, for as long as the block runs.

        Raises:
            WriterBusyError: another process holds it, and did not give it back in time.
        """
        self._require_index()
        name = f"changing/{self._alias(collection)}"
        end = time.monotonic() + self._cluster.timeout
        while not self._take(name, collection):
            if time.monotonic() >= end:
                raise WriterBusyError(
                    f"Another process changes the extractors of the collection '{collection}'.",
                    remedy="Try again in a while.",
                )
            time.sleep(PAUSE * random.uniform(0.5, 1))  # noqa: S311 - not a secret
        try:
            yield
        finally:
            with self._cluster.answers(_ABOUT):
                self._cluster.client.options(ignore_status=_GONE).delete(index=self._index, id=name)

    def _take(self, name: str, collection: str) -> bool:
        """Write the lease, if nobody holds it or it has run out."""
        lease = {"collection": self._alias(collection), "until": time.time() + LEASE_SECONDS}
        with self._cluster.answers(_ABOUT):
            client = self._cluster.client.options(ignore_status=(_GONE, _TAKEN))
            answer = client.index(index=self._index, id=name, document=lease, op_type="create")
            if answer.meta.status != _TAKEN:
                return True
            held = client.get(index=self._index, id=name)
            if not held.body.get("found") or held["_source"]["until"] > time.time():
                return _is(held, lease)
            state = {"if_seq_no": held["_seq_no"], "if_primary_term": held["_primary_term"]}
            answer = client.index(index=self._index, id=name, document=lease, **state)
            return answer.meta.status != _TAKEN or _is(client.get(index=self._index, id=name), lease)

    def _require_index(self) -> None:
        with self._cluster.answers(_ABOUT):
            client = self._cluster.client.options(ignore_status=HTTPStatus.BAD_REQUEST)
            if not client.indices.exists(index=self._index):
                client.indices.create(index=self._index, settings=_SETTINGS, mappings=_MAPPINGS)

    def _of(self, collection: str) -> dict[str, Any]:
        return {"term": {"collection": self._alias(collection)}}

    def _id(self, collection: str, key: str) -> str:
        return f"{self._alias(collection)}/{key}"

    def _alias(self, collection: str) -> str:
        return self._cluster.names.alias(collection)


def _is(found: ObjectApiResponse[Any], lease: Mapping[str, Any]) -> bool:
    """Whether what was found is this very lease: the answer to the request that wrote it was lost, then."""
    return bool(found.body.get("found") and found["_source"]["until"] == lease["until"])
