"""The Compose files: right by the specification's schema, closed to the outside, and in agreement with each other."""

import re
import subprocess
import sys

import pytest
from ruamel.yaml import YAML
from tests.compose.project import BASE, HOST, REPOSITORY, THREE_NODES, load, merge
from tests.elasticsearch_server.distribution import VERSION

FILES = (BASE, THREE_NODES, HOST)
ONE, THREE, ON_HOST = load(BASE), load(BASE, THREE_NODES), load(BASE, THREE_NODES, HOST)
PROJECTS = pytest.mark.parametrize("project", [ONE, THREE, ON_HOST], ids=["one", "three", "host"])
NODES = [service.name for service in THREE.nodes]
DOCUMENT = (REPOSITORY / "docs/docker.md").read_text()


def schema_check(*files):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", *files]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_is_right_by_the_schema_of_the_specification(file):
    answer = schema_check(file)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_schema_refuses_what_is_wrong(tmp_path):
    file = tmp_path / BASE.name
    file.write_text(BASE.read_text().replace("healthcheck:", "health_check:"))
    answer = schema_check(file)
    assert answer.returncode == 1
    assert "health_check" in answer.stdout


def test_files_are_merged_as_the_specification_says():
    below = {
        "environment": {"a": "1", "b": "2"},
        "volumes": ["x:/data", "y:/etc:ro"],
        "command": ["run"],
        "ports": ["1"],
    }
    above = {"environment": {"b": "3"}, "volumes": ["z:/data"], "command": ["other"], "ports": ["2"]}
    assert merge(below, above) == {
        "environment": {"a": "1", "b": "3"},
        "volumes": ["y:/etc:ro", "z:/data"],
        "command": ["other"],
        "ports": ["1", "2"],
    }


@PROJECTS
def test_every_service_runs_the_pinned_official_image(project):
    assert {service.keys["image"] for service in project.services.values()} == {f"elasticsearch:{VERSION}"}


@pytest.mark.parametrize("project", [ONE, THREE], ids=["one", "three"])
def test_no_port_is_published(project):
    for service in project.services.values():
        assert "ports" not in service.keys
        assert service.keys.get("network_mode", "none") == "none"


def test_the_override_publishes_on_this_machine_alone():
    published = [port for service in ON_HOST.services.values() for port in service.keys.get("ports", [])]
    assert published == ["127.0.0.1:9200:9200"]


@PROJECTS
def test_every_node_is_limited_watched_and_started_again(project):
    for node in project.nodes:
        assert node.keys["mem_limit"] == node.keys["memswap_limit"]
        assert re.fullmatch(r"[1-9][0-9]*g", node.keys["mem_limit"])
        assert node.keys["ulimits"]["nofile"] >= 65535
        assert node.keys["restart"] == "unless-stopped"
        assert node.keys["healthcheck"]["test"][0] == "CMD"
        assert node.keys["cap_drop"] == ["ALL"]


def test_memory_and_port_can_be_chosen():
    chosen = {"CBIR_ELASTICSEARCH_MEMORY": "9g", "CBIR_ELASTICSEARCH_PORT": "19200"}
    project = load(*FILES, variables=chosen)
    assert {node.keys["mem_limit"] for node in project.nodes} == {"9g"}
    assert project.services["elasticsearch"].keys["ports"] == ["127.0.0.1:19200:9200"]


@PROJECTS
def test_every_node_has_its_own_data_in_a_named_volume(project):
    data = [m.source for node in project.nodes for m in node.mounts if m.target == "/usr/share/elasticsearch/data"]
    assert len(set(data)) == len(project.nodes)
    assert set(data) <= set(project.volumes)


@PROJECTS
def test_files_are_mounted_from_the_repository_unchangeable_and_volumes_are_declared(project):
    for mount in (mount for service in project.services.values() for mount in service.mounts):
        if mount.file:
            assert mount.file.exists()
            assert mount.read_only
        else:
            assert mount.source in project.volumes


@PROJECTS
def test_no_secret_stands_in_a_file(project):
    for service in project.services.values():
        for name, value in service.environment.items():
            assert not re.search("PASSWORD|KEY|TOKEN|SECRET", name) or value.startswith("/"), name
    login = [node.environment["ELASTIC_PASSWORD_FILE"] for node in project.nodes]
    assert set(login) == {"/usr/share/elasticsearch/config/secrets/password"}


def test_security_and_tls_are_on_and_nobody_outside_is_called():
    settings = YAML(typ="safe", pure=True).load(REPOSITORY / "es-config/node/elasticsearch.yml")
    assert settings["xpack.security.enabled"] is True
    assert settings["xpack.security.http.ssl"]["enabled"] is True
    assert settings["xpack.security.transport.ssl"]["enabled"] is True
    assert settings["ingest.geoip.downloader.enabled"] is False
    assert settings["xpack.inference.elastic.authorization.enabled"] is False


def test_the_three_nodes_know_each_other_and_only_the_first_founds_a_cluster():
    assert ONE.services["setup"].environment["NODES"].split(",") == NODES
    assert THREE.services["api-key"].environment["URLS"].split(",") == [f"https://{name}:9200" for name in NODES]
    for node in THREE.nodes:
        assert node.environment["node.name"] == node.name
        assert node.environment["discovery.seed_hosts"].split(",") == NODES
    founders = [node.name for node in THREE.nodes if "cluster.initial_master_nodes" in node.environment]
    assert founders == ["elasticsearch"]
    assert THREE.services["elasticsearch"].environment["cluster.initial_master_nodes"] == "elasticsearch"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_files_and_their_variables_are_documented(file):
    for name in {file.name, *re.findall(r"\$\{(\w+)", file.read_text())}:
        assert f"`{name}`" in DOCUMENT


@pytest.mark.parametrize("script", sorted(REPOSITORY.glob("es-config/node/*.sh")), ids=lambda path: path.name)
def test_scripts_are_bash(script):
    answer = subprocess.run(["bash", "-n", script], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
