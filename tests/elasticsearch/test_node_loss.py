"""Nodes of a cluster of three are killed, hang and come back, in the middle of everything.

As long as a copy of every shard is left nobody hears of it, and what was acknowledged is there afterwards.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from cbir.engines.base import SearchRequest
from cbir.engines.elasticsearch.engine import ElasticsearchEngine
from cbir.engines.embedded.engine import EmbeddedEngine
from cbir.errors import UnavailableError
from cbir.records import Identity
from tests.contents import contents
from tests.contract.oracle import FORMULAS
from tests.contract.samples import entry, image_id
from tests.elasticsearch.access import engine_on, settings_for
from tests.elasticsearch.trio import SHARDS, Trio
from tests.elasticsearch.work import LIMIT, SEARCHED, WIDE, Indexing, Repeated, Searching
from tests.elasticsearch_server.cluster import Cluster, Plan
from tests.elasticsearch_server.lifeline import Lifeline
from tests.pictures import save

PICTURES = 1200
"""More than `cbir index` commits together, twice."""
TIMEOUT = 10
"""Seconds that a person allows for a call that is to fail."""
SLACK = 30
"""Seconds more that a busy machine may need to say so."""
QUICK_TO_NOTICE = {
    f"cluster.fault_detection.{check}.{name}": value
    for check in ("follower_check", "leader_check")
    for name, value in {"timeout": "5s", "retry_count": 2}.items()
}
"""A node that hangs is given up after some ten seconds, not forty."""


@pytest.fixture(scope="module")
def cluster(elasticsearch_distribution):
    with Lifeline() as lifeline:
        plan = Plan(nodes=3, quick=True, heap="512m", settings=QUICK_TO_NOTICE)
        made = Cluster(elasticsearch_distribution, plan, lifeline.folder, "private")
        yield made.start()
        made.give_up_ports()


@pytest.fixture
def trio(cluster):
    """Three nodes, of which a test before may have killed some."""
    nodes = Trio(cluster)
    yield nodes
    nodes.resume()


def alias_of(engine, collection):
    return engine.cluster.names.alias(collection)


def kill_at_once(trio, node):
    """At any moment of a batch."""
    time.sleep(random.random() / 5)
    node.kill()


def hang_and_die(trio, node):
    """With requests under way that it will never answer."""
    trio.pause(node)
    time.sleep(1)
    node.kill()


def test_nodes_are_lost_while_images_are_indexed_and_searched(trio):
    """The node with most primaries and, when it is back, the elected master."""
    with engine_on(trio.server, shards=SHARDS) as engine:
        engine.create("photos", [WIDE])
        searching = Searching(engine)
        trio.make_whole()
        alias = alias_of(engine, "photos")
        losses = ((lambda: trio.main_holder(alias), kill_at_once), (trio.master, hang_and_die))
        with engine.open("photos", write=True) as photos:
            indexing = Indexing(photos)
            with Repeated(indexing.step) as batches, Repeated(searching.step) as searches:
                for choose, lose in losses:
                    batches.wait_for(1)
                    lose(trio, choose())
                    batches.wait_for(1)
                    trio.wait_until_lost()
                    batches.wait_for(1)
                    searches.wait_for(2 * len(FORMULAS))
                    trio.make_whole()
                batches.wait_for(1)
                searches.wait_for(len(FORMULAS))
            indexing.verify()


@contextmanager
def hasty(trio, engine):
    """An engine on the same collections whose calls may not take long."""
    other = ElasticsearchEngine(settings_for(trio.server, namespace=engine.cluster.names.namespace, timeout=TIMEOUT))
    yield other
    other.close()


def refusal(trio, call):
    """What a call says that fails, None of one that succeeds; either in time, and about this cluster."""
    started, message = time.monotonic(), None
    try:
        call()
    except UnavailableError as error:
        message = error.message
    assert time.monotonic() - started < TIMEOUT + SLACK
    assert message is None or ", ".join(trio.server.urls) in message
    return message


def until_it_succeeds(trio, call):
    end = time.monotonic() + LIMIT
    while message := refusal(trio, call):
        assert time.monotonic() < end, message


def test_a_node_hangs(trio):
    """Calls that need it fail in time, until the others do without it."""
    with engine_on(trio.server, shards=SHARDS) as engine, hasty(trio, engine) as impatient:
        engine.create("photos", [WIDE])
        searching = Searching(engine)
        trio.make_whole()
        with impatient.open("photos", write=True) as photos:
            searching.collection = impatient.open("searched")
            indexing = Indexing(photos)
            trio.pause(trio.main_holder(alias_of(engine, "searched")))
            for metric in FORMULAS:
                until_it_succeeds(trio, partial(searching.search, metric))
            until_it_succeeds(trio, partial(indexing.upsert, indexing.batch()))
            trio.make_whole()
            until_it_succeeds(trio, partial(indexing.upsert, indexing.batch()))
        with engine.open("photos", write=True) as photos:
            indexing.collection = photos
            indexing.verify()
        searching.collection = engine.open("searched")
        for metric in FORMULAS:
            searching.search(metric)


def test_two_of_three_nodes_are_lost(trio):
    """Without the second a shard is on no node, and there is no master: calls fail soon, until it is back."""
    with engine_on(trio.server, shards=SHARDS) as engine, hasty(trio, engine) as impatient:
        engine.create("photos", [WIDE])
        searching = Searching(engine)
        trio.make_whole()
        first, second = trio.holders(alias_of(engine, "searched"), 0)
        with engine.open("photos", write=True) as photos, impatient.open("searched", write=True) as searched:
            indexing = Indexing(photos)
            indexing.step()
            first.kill()
            indexing.step()
            searching.step()
            second.kill()
            images = [image_id(number) for number in range(SEARCHED)]
            one = entry(np.random.default_rng(1), SEARCHED, [WIDE])
            calls = {
                "upsert": lambda: searched.upsert([one]),
                "delete": lambda: searched.delete([one.record.id]),
                "get": lambda: searched.get(images),
                "vectors": lambda: searched.vectors(WIDE.name, images),
                "count": searched.count,
                "labels": searched.labels,
                "search": lambda: searched.search(SearchRequest(WIDE.name, "chi2"), np.ones((1, WIDE.dims))),
                "set_metadata": lambda: searched.set_metadata("key", 1),
                "add_extractor": lambda: searched.add_extractor(Identity("late", 1, 4, non_negative=True)),
                "create": lambda: impatient.create("others", [WIDE]),
            }
            with ThreadPoolExecutor(len(calls)) as pool:
                messages = dict(zip(calls, pool.map(partial(refusal, trio), calls.values()), strict=True))
            assert None not in messages.values(), messages
            second.start()
            trio.cluster.wait()
            indexing.step()
            indexing.verify()
        for metric in FORMULAS:
            searching.search(metric)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(PICTURES):
        save(folder / f"{number}.png", number, compress_level=1)
    return folder


def start_index(folder, **settings):
    """The program itself, in a process of its own."""
    code = "from cbir.cli.main import run; run()"
    command = [sys.executable, "-c", code, "index", str(folder), "--extractors", "hist-basic", "--json"]
    variables = {f"CBIR_{name}".upper(): str(value) for name, value in settings.items()}
    return subprocess.Popen(
        command, env=os.environ | variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def report(process):
    """What it says at its end."""
    output, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, errors
    return json.loads(output)


def untimed(said):
    return {**said, "seconds": None}


def plain(found):
    """All but the moment at which an image was added."""
    return replace(found, records=[replace(record, added_at=None) for record in found.records])


def test_a_node_is_lost_while_the_program_indexes_a_folder(trio, pictures, tmp_path):
    """What it says and stores is what it says and stores in one process alone; running it again changes nothing."""
    embedded = report(start_index(pictures, engine="embedded", data_dir=tmp_path))
    assert embedded["added"] == PICTURES
    expected = contents(EmbeddedEngine(tmp_path / "collections"), "default")
    with engine_on(trio.server, shards=SHARDS) as engine:
        environment = {
            "engine": "elasticsearch",
            "elasticsearch_url": ",".join(trio.server.urls),
            "elasticsearch_namespace": engine.cluster.names.namespace,
            "data_dir": tmp_path,
        }
        engine.create("default", [one.identity for one in expected.extractors])
        trio.make_whole()
        holder = trio.main_holder(alias_of(engine, "default"))
        process = start_index(pictures, **environment)
        with engine.open("default") as seen:
            while not seen.count() and process.poll() is None:
                time.sleep(0.02)
        holder.kill()
        assert process.poll() is None, "it was killed too late"
        assert untimed(report(process)) == untimed(embedded)
        again = report(start_index(pictures, **environment))
        assert (again["added"], again["unchanged"], again["failed"]) == (0, PICTURES, [])
        assert plain(contents(engine, "default")) == plain(expected)
