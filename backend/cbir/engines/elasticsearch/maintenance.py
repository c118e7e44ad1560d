"""What changes an index as a whole: making it, describing it anew, compacting it, taking it away."""

from __future__ import annotations

import secrets
import time
from http import HTTPStatus

from cbir.engines.elasticsearch.connection import Cluster
from cbir.engines.elasticsearch.mapping import Description
from cbir.errors import AlreadyExistsError

MARK = "made_by"
"""Key beside a mapping's description under which the call that made the index left its mark."""
PAUSE, LONGEST_PAUSE = 0.02, 2.0
"""Seconds between two looks at a task that runs on the cluster: at first, and at most."""


def create(cluster: Cluster, description: Description) -> None:
    """Make an empty index behind a new alias, at once.

    Raises:
        AlreadyExistsError: there is a collection of this name.
    """
    name = description.collection
    alias, index = cluster.names.alias(name), cluster.names.index(name, 1)
    about = f"the collection '{name}'"
    mapping = description.mapping()
    mark = secrets.token_hex(8)
    mapping["_meta"][MARK] = mark
    try:
        with cluster.answers(about):
            there = bool(cluster.client.indices.exists(index=alias))
            if not there:
                cluster.client.indices.create(
                    index=index,
                    aliases={alias: {}},
                    mappings=mapping,
                    settings={"number_of_shards": cluster.shards},
                    timeout=cluster.patience,
                    master_timeout=cluster.patience,
                )
    except AlreadyExistsError:
        # It may have been this very request, sent again because its first answer was lost.
        there = _mark_of(cluster, index, about) != mark
    if there:
        raise AlreadyExistsError(f"There is a collection '{name}' already.", remedy="Choose another name.")


def _mark_of(cluster: Cluster, index: str, about: str) -> str:
    """Which call made an index; empty where that is not known."""
    with cluster.answers(about):
        found = cluster.client.options(ignore_status=HTTPStatus.NOT_FOUND).indices.get_mapping(index=index)
    mapping = found.body.get(index, {}).get("mappings", {})
    return str(mapping.get("_meta", {}).get(MARK, ""))


def describe(cluster: Cluster, description: Description) -> None:
    """Put a new description in the place of an index's old one, with the fields that it names."""
    with cluster.answers(f"the collection '{description.collection}'"):
        mapping = description.mapping()
        cluster.client.indices.put_mapping(
            index=cluster.names.alias(description.collection),
            meta=mapping["_meta"],
            properties=mapping["properties"],
            timeout=cluster.patience,
            master_timeout=cluster.patience,
        )


def drop(cluster: Cluster, collection: str) -> bool:
    """Delete the alias and every generation of a collection's index; False where there is none of them.

    An index of another kind that somebody put behind the alias stays; it only loses the alias.
    """
    alias = cluster.names.alias(collection)
    with cluster.answers(f"the collection '{collection}'"):
        client = cluster.client.options(ignore_status=HTTPStatus.NOT_FOUND)
        own = list(client.indices.get(index=cluster.names.generations(collection), features="aliases").body)
        answer = client.indices.get_alias(name=alias)
        aliased = [] if answer.meta.status == HTTPStatus.NOT_FOUND else list(answer.body)
        foreign = sorted(set(aliased) - set(own))
        if foreign:
            client.indices.delete_alias(index=foreign, name=alias)
        if own:
            client.indices.delete(index=own, timeout=cluster.patience, master_timeout=cluster.patience)
    return bool(own or foreign)


def compact(cluster: Cluster, collection: str) -> int:
    """Merge segments with many deleted documents; the number of bytes given back."""
    alias = cluster.names.alias(collection)
    with cluster.answers(f"compacting '{collection}'"):
        before = _size(cluster, alias)
        task = cluster.client.indices.forcemerge(index=alias, only_expunge_deletes=True, wait_for_completion=False)
        _wait_for(cluster, task["task"])
        return max(0, before - _size(cluster, alias))


def _wait_for(cluster: Cluster, task: str) -> None:
    """Wait until a task of the cluster has ended, however long that takes."""
    pause = PAUSE
    while not _completed(cluster, task):
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _completed(cluster: Cluster, task: str) -> bool:
    # The client's own method warns that it may change.
    headers = {"accept": "application/json"}
    return bool(cluster.client.perform_request("GET", f"/_tasks/{task}", headers=headers).body["completed"])


def _size(cluster: Cluster, alias: str) -> int:
    """Bytes of an index without its replicas."""
    stats = cluster.client.indices.stats(index=alias, metric="store")
    return int(stats["_all"]["primaries"]["store"]["size_in_bytes"])
