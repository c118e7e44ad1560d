"""What the Compose files start, started without Docker: their settings, scripts and health checks on real servers."""

import http.client
import socket
import ssl
from contextlib import closing, contextmanager
from dataclasses import replace

import numpy as np
import pytest
from elasticsearch import AuthorizationException

from cbir.engines import open_engine
from cbir.engines.base import SearchRequest
from cbir.errors import AccessRefusedError
from cbir.settings import read_settings
from tests.compose.containers import Containers
from tests.compose.project import BASE, THREE_NODES, load
from tests.contract.samples import DENSE, entries, image_id
from tests.elasticsearch_server.connection import Server
from tests.elasticsearch_server.errors import RefusedError, StartError
from tests.elasticsearch_server.lifeline import Lifeline

SMALL = {"CBIR_ELASTICSEARCH_JAVA_OPTS": "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1"}
ONE, THREE = load(BASE, variables=SMALL), load(BASE, THREE_NODES, variables=SMALL)
NAMES = [service.name for service in THREE.nodes]
IMAGES = 30


@pytest.fixture
def rng():
    return np.random.default_rng(20170617)


@contextmanager
def no_containers(distribution):
    with Lifeline() as lifeline, closing(Containers(distribution, lifeline.folder, NAMES)) as made:
        yield made


@pytest.fixture
def containers(elasticsearch_distribution):
    """None yet, and no volumes."""
    with no_containers(elasticsearch_distribution) as made:
        yield made


@pytest.fixture(scope="module")
def running(elasticsearch_distribution):
    """One node, for tests that leave it as it was."""
    with no_containers(elasticsearch_distribution) as made:
        made.up(ONE)
        yield made


def elastic(containers):
    """The first node as the user elastic reaches it."""
    url = f"https://localhost:{containers.addresses['elasticsearch'].http_port}"
    password = (containers.volume("secrets") / "password").read_text().strip()
    return Server((url,), ca=str(containers.volume("access") / "ca.crt"), user="elastic", password=password)


@contextmanager
def program(containers):
    """An engine with the settings that programs in the network are given, and the addresses that names have here."""
    access = containers.volume("access")
    text = (access / "cbir.toml").read_text()
    for address in containers.addresses.values():
        text = text.replace(f"https://{address.name}:9200", f"https://localhost:{address.http_port}")
    file = containers.volume("program") / "cbir.toml"
    file.write_text(text)
    with closing(open_engine(read_settings(environment={}, config_file=file))) as engine:
        yield engine


def refusal(server, method, path, body=None):
    """The status with which a request is refused."""
    with pytest.raises(RefusedError) as refused:
        server.request(method, path, body)
    return refused.value.status


def handshake(containers, node, name):
    """Reach a node as if `name` were its name, checking its certificate as strictly as Python 3.13 does."""
    context = ssl.create_default_context(cafile=containers.volume("access") / "ca.crt")
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    place = ("127.0.0.1", containers.addresses[node].http_port)
    with socket.create_connection(place, timeout=30) as plain, context.wrap_socket(plain, server_hostname=name):
        pass


def fill(engine, rng):
    engine.create("photos", [DENSE])
    with engine.open("photos", write=True) as collection:
        collection.upsert(entries(rng, IMAGES, identities=[DENSE]))


@contextmanager
def filled(engine, rng):
    """A collection, which is taken away again."""
    fill(engine, rng)
    yield
    engine.drop("photos")


def finds_itself(engine, number):
    """Whether an image is the best hit for its own descriptor."""
    with engine.open("photos") as collection:
        query = collection.vectors("dense", [image_id(number)])
        (ranking,) = collection.search(SearchRequest("dense", "chi2", k=3), query)
    return ranking.hits[0].id == image_id(number)


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_setting_up_again_changes_nothing_and_mends_what_an_interruption_left(containers):
    setup = ONE.services["setup"]
    containers.run(setup)
    secrets, made = containers.volume("secrets"), content(containers.volume("secrets"))
    assert len((secrets / "password").read_text().strip()) == 32
    containers.run(setup)
    assert content(secrets) == made

    (secrets / "password").unlink()
    (secrets / "node" / "node.key").rename(secrets / "node.key")
    (secrets / "node").rename(secrets / ".new.abcdef")
    containers.run(setup)
    mended = content(secrets)
    assert mended.keys() - made.keys() == {"node.key"}
    assert mended["authority/ca.key"] == made["authority/ca.key"]
    for again in ("password", "node/node.key", "node/node.crt"):
        assert mended[again] != made[again]


def test_a_damaged_authority_is_an_error_and_nothing_is_made_with_it(containers):
    secrets = containers.volume("secrets")
    (secrets / "authority").mkdir()
    with pytest.raises(StartError, match=r"ca\.crt"):
        containers.run(ONE.services["setup"])
    assert [path.name for path in secrets.iterdir()] == ["authority"]


def test_secrets_are_for_the_nodes_and_the_authoritys_key_for_root_alone(running):
    secrets, access = running.volume("secrets"), running.volume("access")
    for secret in ("password", "login", "node/node.key", "authority/ca.key"):
        assert (secrets / secret).stat().st_mode & 0o177 == 0
    assert (secrets / "authority").stat().st_mode & 0o077 == 0
    assert access.stat().st_mode & 0o007 == 0


def test_one_node_starts_secured(running):
    server = elastic(running)
    assert server.request("GET", "/")["cluster_name"] == "cbir"
    assert refusal(replace(server, user=None), "GET", "/") == 401
    assert refusal(replace(server, password="changeme"), "GET", "/") == 401
    for name in (*NAMES, "localhost"):
        handshake(running, "elasticsearch", name)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(running, "elasticsearch", "elsewhere")
    plain = replace(server, urls=(server.urls[0].replace("https", "http"),))
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        plain.request("GET", "/")


def test_the_key_is_all_that_a_program_needs_and_serves_for_nothing_else(running, rng):
    with program(running) as engine, filled(engine, rng):
        assert finds_itself(engine, 7)
        with pytest.raises(AuthorizationException):
            engine.cluster.client.security.get_user()
        with pytest.raises(AuthorizationException):
            engine.cluster.client.indices.create(index="another")


def test_the_key_stays_and_one_that_was_removed_is_replaced_and_void(running):
    key, service = running.volume("access") / "api-key", ONE.services["api-key"]
    first = key.read_text()
    running.run(service)
    assert key.read_text() == first
    with program(running) as engine:
        key.unlink()
        running.run(service)
        assert key.read_text() != first
        with pytest.raises(AccessRefusedError):
            engine.collections()
    with program(running) as engine:
        assert engine.collections() == []


def test_the_documented_backup_brings_a_collection_back(running, rng):
    server = elastic(running)
    with program(running) as engine, filled(engine, rng):
        server.request("PUT", "/_snapshot/backup", {"type": "fs", "settings": {"location": "backup"}})
        done = server.request("PUT", "/_snapshot/backup/today?wait_for_completion=true", {"indices": "cbir*"})
        assert done["snapshot"]["state"] == "SUCCESS"
        engine.drop("photos")
        restore = "/_snapshot/backup/today/_restore?wait_for_completion=true"
        server.request("POST", restore, {"indices": "cbir-photos+*"})
        assert finds_itself(engine, 9)


def test_a_changed_password_is_taken_over_from_its_file(running):
    changed = elastic(running), "a longer password"
    for server, new in (changed, (replace(changed[0], password=changed[1]), changed[0].password)):
        server.request("POST", "/_security/user/elastic/_password", {"password": new})
        with pytest.raises(StartError, match="401"):
            running.run(ONE.services["api-key"])
        (running.volume("secrets") / "password").write_text(f"{new}\n")
        running.run(ONE.services["setup"])
        running.run(ONE.services["api-key"])


def test_a_cluster_that_began_with_one_node_grows_and_goes_on_without_the_first(containers, rng):
    containers.up(ONE)
    with program(containers) as engine:
        fill(engine, rng)
    founded = elastic(containers).request("GET", "/")["cluster_uuid"]

    containers.up(THREE)
    health = "/_cluster/health/cbir-photos?wait_for_status=green&wait_for_nodes=3&timeout=2m"
    state = elastic(containers).request("GET", health, timeout=150)
    assert state["active_shards"] == 2 * state["active_primary_shards"]
    assert elastic(containers).request("GET", "/")["cluster_uuid"] == founded

    with program(containers) as engine:
        containers.nodes["elasticsearch"].kill()
        assert not containers.healthy(THREE.services["elasticsearch"])
        for name in NAMES[1:]:
            containers.wait(THREE.services[name])
        assert finds_itself(engine, 11)
        with engine.open("photos", write=True) as collection:
            collection.delete([image_id(0)])

        containers.start(THREE.services["elasticsearch"])
        containers.wait(THREE.services["elasticsearch"])
        elastic(containers).request("GET", health, timeout=150)
        with engine.open("photos") as collection:
            assert collection.count() == IMAGES - 1
    assert elastic(containers).request("GET", "/")["cluster_uuid"] == founded


def test_three_nodes_found_one_cluster(containers):
    containers.up(THREE)
    nodes = elastic(containers).request("GET", "/_nodes/http")["nodes"].values()
    assert {node["name"] for node in nodes} == set(NAMES)
