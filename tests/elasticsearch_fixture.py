"""Real Elasticsearch servers for tests.

    elasticsearch_secured    a `Server`: one node with TLS and an API key; one for the whole run
    elasticsearch_three      a `Server`: three nodes; one for the whole run
    make_cluster             makes clusters of a test's own, whose nodes it may kill

The first test that asks starts what it asks for. The process that owns the run (with pytest-xdist its controller, not
the worker that started them) holds the servers' lifeline, so they end when the run does, however it ends.

Where a machine can have no Elasticsearch, these tests are skipped, and the summary says so; with `CI` set they fail.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.elasticsearch_server.cluster import Cluster, Plan
from tests.elasticsearch_server.connection import Server
from tests.elasticsearch_server.distribution import Distribution, obtain
from tests.elasticsearch_server.errors import UnavailableError
from tests.elasticsearch_server.lifeline import Lifeline
from tests.elasticsearch_server.shared import shared

SKIPPED = "no Elasticsearch: "
_FOLDER = "elasticsearch_folder"
_LIFELINE = pytest.StashKey[Lifeline]()


def pytest_configure(config: pytest.Config) -> None:
    """The process that owns the run holds the lifeline; a worker is told where it is."""
    if not hasattr(config, "workerinput"):
        config.stash[_LIFELINE] = Lifeline()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist."""
    node.workerinput[_FOLDER] = str(node.config.stash[_LIFELINE].folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run has ended, and with it every server."""
    if _LIFELINE in config.stash:
        config.stash[_LIFELINE].close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Count the tests that were skipped for want of a server."""
    reasons = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ())]
    wanting = [reason for reason in reasons if SKIPPED in reason]
    if wanting:
        reason = wanting[0].partition(SKIPPED)[2]
        terminalreporter.write_line(
            f"{len(wanting)} tests need Elasticsearch and were skipped: {reason}", yellow=True
        )


def missing(error: UnavailableError, environment: Mapping[str, str] = os.environ) -> BaseException:
    """What skips the test; where `CI` is set, what fails it, for there every test has to run."""
    if environment.get("CI", "").lower() in ("", "0", "false"):
        return pytest.skip.Exception(f"{SKIPPED}{error}")
    return pytest.fail.Exception(f"{SKIPPED}{error} (CI is set: this is a failure)", pytrace=False)


@pytest.fixture(scope="session")
def elasticsearch_folder(pytestconfig: pytest.Config) -> Path:
    """The folder of the run's lifeline."""
    worker = getattr(pytestconfig, "workerinput", None)
    return Path(worker[_FOLDER]) if worker else pytestconfig.stash[_LIFELINE].folder


@pytest.fixture(scope="session")
def elasticsearch_secured(elasticsearch_folder: Path) -> Server:
    """One node with TLS, a superuser and an API key."""
    return _shared(elasticsearch_folder, "secured", Plan(secured=True))


@pytest.fixture(scope="session")
def elasticsearch_three(elasticsearch_folder: Path) -> Server:
    """Three nodes without security, 1 GB of heap each, quick to start."""
    return _shared(elasticsearch_folder, "three", Plan(nodes=3, quick=True))


@pytest.fixture(scope="session")
def elasticsearch_distribution() -> Distribution:
    """Elasticsearch and Java, for what starts servers itself."""
    try:
        return obtain()
    except UnavailableError as error:
        raise missing(error) from None


@pytest.fixture
def make_cluster(elasticsearch_distribution: Distribution) -> Iterator[Callable[..., Cluster]]:
    """Starts a cluster for this test alone; takes the fields of `Plan`."""
    with Lifeline() as lifeline:
        made: list[Cluster] = []

        def make(**plan: Any) -> Cluster:
            made.append(Cluster(elasticsearch_distribution, Plan(**plan), lifeline.folder, "private"))
            return made[-1].start()

        yield make
        for cluster in made:
            cluster.give_up_ports()


def _shared(folder: Path, name: str, plan: Plan) -> Server:
    try:
        return shared(folder, name, plan, obtain)
    except UnavailableError as error:
        raise missing(error) from None
