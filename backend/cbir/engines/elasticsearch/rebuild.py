"""Writing a collection's index anew, while the old one goes on answering.

The cluster itself fills the next generation from the old one, which takes no writes meanwhile; then the alias moves.
Making the new index is the lock: only one process can make it, and one that is not being filled was left by a rebuild
that was killed. Indices that were left are taken away and their names not used again, so that a rebuild which was
thought dead fails at its next step and harms nothing. (Templates forbid that a write makes an index.)
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from cbir.engines.elasticsearch import resources
from cbir.engines.elasticsearch.connection import Cluster
from cbir.engines.elasticsearch.failures import refused
from cbir.engines.elasticsearch.lookup import RESTORE
from cbir.engines.elasticsearch.mapping import META, Description
from cbir.engines.elasticsearch.metadata import Metadata
from cbir.engines.naming import require_name, unknown
from cbir.errors import (
    AlreadyExistsError,
    CbirError,
    ConflictError,
    CorruptDataError,
    InvalidRequestError,
    NotFoundError,
    UnavailableError,
    WriterBusyError,
)
from cbir.progress import Progress

MIGRATIONS: Mapping[int, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {}
"""By the form of a description what turns it into one of the next form. A form that changes the fields of documents
needs a script beside `FORGET`, too.
"""
BATCH_BYTES = 16 << 20
"""Of the documents that the cluster moves at a time, as text."""
LARGEST_BATCH = 1000
NUMBER_BYTES = 12
"""Of one number of a vector, as text."""
POLL_SECONDS = 0.5
SETTLE_SECONDS = 1.0
"""After this time searches that were to go to the old index have begun there."""
FORGET = """
for (slot in params.dropped) {
  ctx._source.remove(slot);
  ctx._source.record.digests?.remove(slot);
}
ctx._source.has.removeAll(params.dropped);
ctx._source.zeros.removeAll(params.dropped);
"""
"""Takes out of a document what dropped extractors left."""
_SLOT = re.compile(r"x[0-9]+")


def rebuild(cluster: Cluster, collection: str, progress: Progress) -> int:
    """Write a collection into a new index, in this version's form and with as many shards as are set.

    Searches get the same answers all the time; writers are refused until it is done. Should it fail, the old index
    goes on as before; should it be killed, it goes on answering, and the next rebuild puts things in order.

    Returns:
        The number of bytes given back, replicas not counted; 0 where it grew.

    Raises:
        UnknownNameError: there is none of this name.
        WriterBusyError: it is being rebuilt.
        SchemaVersionError: it is of a form that this version does not know.
        ConflictError: it was deleted or changed by hand meanwhile.
        StorageError: the cluster could not do it.
    """
    require_name(collection)
    resources.require(cluster)
    about = f"rebuilding '{collection}'"
    with cluster.answers(about):
        work = _begin(cluster, collection)
        try:
            with cluster.answers(about):
                freed = work.run(progress)
        except BaseException as error:
            with contextlib.suppress(CbirError), cluster.answers(about):
                work.give_up()
            if isinstance(error, NotFoundError):
                raise _overtaken(collection) from error
            raise
        work.finish()
        return freed


def _begin(cluster: Cluster, collection: str) -> _Rebuild:
    """Make the new index."""
    old, aliases = _live(cluster, collection)
    description = _description(cluster, old, collection)
    left = [index for index in _generations(cluster, collection) if index != old]
    for index in left:
        _require_dead(cluster, collection, index)
    latest = max((old, *left), key=lambda name: (len(name), name))
    work = _Rebuild(cluster, collection, aliases, old, cluster.names.next_index(latest))
    try:
        with cluster.answers(f"rebuilding '{collection}'"):
            cluster.client.indices.create(
                index=work.new,
                mappings=description.mapping(),
                settings={"number_of_shards": cluster.shards},
                timeout=cluster.patience,
                master_timeout=cluster.patience,
            )
    except AlreadyExistsError:
        raise _busy(collection) from None
    if left:
        cluster.client.options(ignore_status=HTTPStatus.NOT_FOUND).indices.delete(index=left)
    return work


def _live(cluster: Cluster, collection: str) -> tuple[str, Mapping[str, Any]]:
    """The index that answers for a collection, with its aliases."""
    names = cluster.names
    client = cluster.client.options(ignore_status=HTTPStatus.NOT_FOUND)
    answer = client.indices.get_alias(index=names.alias(collection))
    if answer.meta.status == HTTPStatus.NOT_FOUND:
        aliases = cluster.client.indices.get_alias(name=names.every).body.values()
        raise unknown(
            collection, sorted({names.collection(alias) for index in aliases for alias in index["aliases"]})
        )
    with contextlib.suppress(InvalidRequestError, ValueError):
        ((index, found),) = answer.body.items()
        if names.next_index(index).startswith(names.alias(collection) + "+"):
            return index, found["aliases"]
    raise CorruptDataError(
        f"Behind the alias '{names.alias(collection)}' stands {', '.join(answer.body)}, which is not its own index.",
        remedy="It was changed by hand: point the alias at the collection's own index again.",
    )


def _generations(cluster: Cluster, collection: str) -> list[str]:
    """All indices of a collection, those that were left too."""
    return list(cluster.client.indices.get(index=cluster.names.generations(collection), features="aliases").body)


def _description(cluster: Cluster, index: str, collection: str) -> Description:
    """What an index says of its collection, brought to this version's form."""
    meta = cluster.client.indices.get_mapping(index=index)[index]["mappings"].get("_meta", {})
    while isinstance(own := meta.get(META), Mapping) and own.get("schema") in MIGRATIONS:
        meta = {META: MIGRATIONS[own["schema"]](own)}
    description = Description.from_meta(index, meta)
    if description.collection != collection:
        raise CorruptDataError(f"'{index}' is the index of '{description.collection}'.", remedy=RESTORE)
    return description


def _require_dead(cluster: Cluster, collection: str, index: str) -> None:
    """Refuse to go on while an index is being filled, be it that the process which began that was killed."""
    tasks = _tasks(cluster, "?actions=*reindex&detailed=true&group_by=none")["tasks"]
    if any(f"to [{index}]" in task["description"] for task in tasks):
        raise _busy(collection)


def _tasks(cluster: Cluster, which: str) -> Mapping[str, Any]:
    """What the cluster says of its tasks."""
    # the client's own methods warn that they may change
    client = cluster.client.options(ignore_status=HTTPStatus.NOT_FOUND)
    answer = client.perform_request("GET", f"/_tasks{which}", headers={"accept": "application/json"})
    if answer.meta.status == HTTPStatus.NOT_FOUND:
        raise UnavailableError(
            "The node of the cluster that did the rebuilding is gone.",
            remedy="See `cbir elasticsearch status`; then run it again.",
        )
    return dict(answer.body)


def _busy(collection: str) -> WriterBusyError:
    return WriterBusyError(
        f"The collection '{collection}' is being rebuilt already.",
        remedy="Wait until that has ended; searches go on. If its process was killed, the cluster still ends it.",
    )


def _overtaken(collection: str) -> ConflictError:
    return ConflictError(
        f"The collection '{collection}' was deleted while it was rebuilt, or another rebuild took over.",
        remedy="See: cbir collections list --engine elasticsearch",
    )


@dataclass(frozen=True, slots=True)
class _Rebuild:
    """A rebuild whose new index has been made."""

    cluster: Cluster
    collection: str
    aliases: Mapping[str, Mapping[str, Any]]
    """All that lead to the old index, a person's own too."""
    old: str
    new: str

    def run(self, progress: Progress) -> int:
        """Fill the new index and let the aliases lead to it, where nobody writes yet; the bytes given back."""
        indices = self.cluster.client.indices
        indices.add_block(index=self.old, block="write", timeout=self.cluster.patience)
        indices.refresh(index=self.old)
        before, images = self._size(self.old), self._images(self.old)
        progress.start(f"Rebuilding {self.collection}", images)
        self._fill(progress)
        indices.refresh(index=self.new)
        indices.flush(index=self.new)
        if (arrived := self._images(self.new)) != images:
            raise CorruptDataError(
                f"The new index of '{self.collection}' holds {arrived:,} of {images:,} images.",
                remedy="The old one is in use. Try again, and see the cluster's log.",
            )
        self._wait_for_replicas()
        freed = max(0, before - self._size(self.new))
        indices.add_block(index=self.new, block="write", timeout=self.cluster.patience)
        self._move_aliases()
        return freed

    def finish(self) -> None:
        """Let writers in; take the old index away once the searches that began there have ended.

        Removing it when the aliases move would be one step less, and costs those searches their answer.
        """
        self._take_block_off(self.new)
        time.sleep(SETTLE_SECONDS)
        end = time.monotonic() + self.cluster.timeout
        while self._is_read(self.old) and time.monotonic() < end:
            time.sleep(POLL_SECONDS)
        self.cluster.client.options(ignore_status=HTTPStatus.NOT_FOUND).indices.delete(index=self.old)

    def give_up(self) -> None:
        """Go back to the old index, also where the aliases have moved; nobody wrote to the new one.

        Where the new one is gone and there is another, a rebuild has taken over, and puts things in order.
        """
        indices = self.cluster.client.options(ignore_status=HTTPStatus.NOT_FOUND).indices
        back = [{"add": {"index": self.old, "alias": alias, **more}} for alias, more in self.aliases.items()]
        answer = indices.update_aliases(actions=[*back, {"remove_index": {"index": self.new}}])
        if answer.meta.status == HTTPStatus.OK or _generations(self.cluster, self.collection) == [self.old]:
            self._take_block_off(self.old)

    def _fill(self, progress: Progress) -> None:
        """Have the cluster copy every document."""
        dropped = self._dropped_slots()
        script = {"lang": "painless", "source": FORGET, "params": {"dropped": dropped}}
        task = self.cluster.client.reindex(
            source={"index": self.old, "size": _batch(_description(self.cluster, self.old, self.collection))},
            dest={"index": self.new, "op_type": "create"},
            script=script if dropped else None,
            slices="auto",
            wait_for_completion=False,
        )["task"]
        self._require_done(self._wait_for(task, progress))

    def _dropped_slots(self) -> list[str]:
        """The fields that the new index does not have any more.

        Raises:
            CorruptDataError: there are others than those of dropped extractors.
        """
        old, new = (
            self.cluster.client.indices.get_mapping(index=index)[index]["mappings"]["properties"]
            for index in (self.old, self.new)
        )
        gone = sorted(old.keys() - new.keys())
        foreign = [name for name in gone if not _SLOT.fullmatch(name)]
        if foreign:
            raise CorruptDataError(
                f"The index '{self.old}' has a field '{foreign[0]}' that is none of this program's.",
                remedy="To keep it, put its mapping into the component template cbir@custom and rebuild again.",
            )
        return gone

    def _wait_for(self, task: str, progress: Progress) -> Mapping[str, Any]:
        """What the cluster says of the copying once it has ended."""
        done = 0
        while not (answer := _tasks(self.cluster, f"/{task}"))["completed"]:
            time.sleep(POLL_SECONDS)
            count = int(self.cluster.client.count(index=self.new)["count"])
            progress.advance(count - done)
            done = count
        return answer

    def _require_done(self, answer: Mapping[str, Any]) -> None:
        asked = self.cluster.asked(f"rebuilding '{self.collection}'")
        if error := answer.get("error"):
            raise refused(0, error, asked)
        response = answer["response"]
        for failure in response["failures"]:
            raise refused(failure.get("status", 0), failure.get("cause") or failure["reason"], asked)
        if response["timed_out"] or "canceled" in response:
            raise ConflictError(f"Rebuilding '{self.collection}' was cancelled on the cluster.", remedy="Try again.")

    def _move_aliases(self) -> None:
        """Let all aliases lead to the new index, in one step.

        Extractors may have come or gone meanwhile; no image has got a descriptor since.
        """
        indices = self.cluster.client.indices
        with Metadata(self.cluster).exclusive(self.collection):
            mapping = _description(self.cluster, self.old, self.collection).mapping()
            indices.put_mapping(index=self.new, meta=mapping["_meta"], properties=mapping["properties"])
            settings = indices.get_settings(index=self.old)[self.old]["settings"]["index"]
            if settings.get("blocks", {}).get("write") != "true":
                raise ConflictError(
                    f"The index '{self.old}' was let take writes again while it was rebuilt.", remedy="Try again."
                )
            gone = [{"remove": {"index": self.old, "alias": alias, "must_exist": True}} for alias in self.aliases]
            come = [{"add": {"index": self.new, "alias": alias, **more}} for alias, more in self.aliases.items()]
            indices.update_aliases(actions=[*gone, *come], timeout=self.cluster.patience)

    def _wait_for_replicas(self) -> None:
        """Wait a while for the copies on other nodes; the old index, which has them, goes soon."""
        client = self.cluster.client.options(ignore_status=HTTPStatus.REQUEST_TIMEOUT)
        client.cluster.health(index=self.new, wait_for_status="green", timeout=self.cluster.patience)

    def _images(self, index: str) -> int:
        """How many there are; an error where a part of the index cannot be reached."""
        found = self.cluster.client.search(
            index=index, size=0, track_total_hits=True, allow_partial_search_results=False
        )
        return int(found["hits"]["total"]["value"])

    def _size(self, index: str) -> int:
        stats = self.cluster.client.indices.stats(index=index, metric="store")
        return int(stats["_all"]["primaries"]["store"]["size_in_bytes"])

    def _is_read(self, index: str) -> bool:
        stats = self.cluster.client.indices.stats(index=index, metric="search")["_all"]["total"]["search"]
        return any(stats[kind] for kind in ("open_contexts", "query_current", "fetch_current"))

    def _take_block_off(self, index: str) -> None:
        self.cluster.client.indices.put_settings(index=index, settings={"index.blocks.write": None})


def _batch(description: Description) -> int:
    """Documents that the cluster moves at a time."""
    forms = (len([*one.values, *one.roots, *one.logs]) // len(one.values) for one in description.extractors)
    numbers = sum(one.identity.dims * count for one, count in zip(description.extractors, forms, strict=True))
    return max(1, min(LARGEST_BATCH, BATCH_BYTES // (NUMBER_BYTES * max(1, numbers))))
