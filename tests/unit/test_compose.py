"""The Compose files: right by the specification's schema, closed to the outside, and in agreement with each other."""

import re
import subprocess
import sys
from dataclasses import fields

import pytest
from ruamel.yaml import YAML
from tests.compose.project import BASE, HOST, REPOSITORY, THREE_NODES, load, merge
from tests.elasticsearch_server.distribution import VERSION

from cbir.settings import Settings, read_settings

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
def test_every_service_but_the_server_runs_the_pinned_official_image(project):
    others = [service for service in project.services.values() if service.is_elasticsearch]
    assert {service.keys["image"] for service in others} == {f"elasticsearch:{VERSION}"}
    assert project.app.keys["build"] == "."


@pytest.mark.parametrize("project", [ONE, THREE], ids=["one", "three"])
def test_only_the_servers_port_is_published_and_on_this_machine_alone(project):
    published = {name: one.keys["ports"] for name, one in project.services.items() if "ports" in one.keys}
    assert published == {"app": ["127.0.0.1:8000:8000"]}
    for service in project.services.values():
        assert service.keys.get("network_mode", "none") == "none"


def test_the_override_publishes_on_this_machine_alone():
    published = [port for service in ON_HOST.services.values() for port in service.keys.get("ports", [])]
    assert published == ["127.0.0.1:9200:9200", "127.0.0.1:8000:8000"]


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


def test_what_the_server_takes_and_where_it_is_published_can_be_chosen():
    chosen = {
        "CBIR_SERVER_HOST": "0.0.0.0",
        "CBIR_SERVER_PORT": "18000",
        "CBIR_SERVER_MEMORY": "6g",
        "CBIR_SERVER_HOSTS": "photos.example.org",
        "CBIR_PHOTOS": "/home/anna/Pictures",
        "CBIR_USER": "1234",
    }
    app = load(BASE, variables=chosen).app
    assert app.keys["ports"] == ["0.0.0.0:18000:8000"]
    assert (app.keys["mem_limit"], app.keys["memswap_limit"]) == ("6g", "6g")
    assert app.environment["CBIR_SERVER_HOSTS"] == "photos.example.org"
    assert app.keys["user"] == "1234:0"
    (photos,) = [mount for mount in app.mounts if mount.target == "/photos"]
    assert (photos.source, photos.read_only) == ("/home/anna/Pictures", True)


@PROJECTS
def test_the_server_may_do_no_more_than_it_needs(project):
    keys = project.app.keys
    assert keys["cap_drop"] == ["ALL"]
    assert keys["security_opt"] == ["no-new-privileges:true"]
    assert keys["read_only"] is True
    assert not keys["user"].startswith(("0", "root"))
    assert {mount.target for mount in project.app.mounts if not mount.read_only} == {"/data", "/cache"}


@PROJECTS
def test_the_server_waits_for_elasticsearch_and_its_key_and_is_told_of_them(project):
    assert project.app.depends_on == {
        "elasticsearch": "service_healthy",
        "api-key": "service_completed_successfully",
    }
    (access,) = [mount for mount in project.services["api-key"].mounts if mount.source == "access"]
    assert (access.source, access.target) in [(mount.source, mount.target) for mount in project.app.mounts]
    assert project.app.environment["CBIR_CONFIG"] == f"{access.target}/cbir.toml"
    assert project.app.environment["CBIR_ENGINE"] == "elasticsearch"


def test_what_is_set_for_the_server_are_settings():
    known = {f"CBIR_{one.name.upper()}" for one in fields(Settings)} | {"CBIR_CONFIG"}
    environment = {name: str(value) for name, value in ONE.app.environment.items()}
    assert set(environment) <= known
    del environment["CBIR_CONFIG"]
    assert read_settings(environment=environment).engine == "elasticsearch"


@PROJECTS
def test_every_node_has_its_own_data_in_a_named_volume(project):
    data = [m.source for node in project.nodes for m in node.mounts if m.target == "/usr/share/elasticsearch/data"]
    assert len(set(data)) == len(project.nodes)
    assert set(data) <= set(project.volumes)


@PROJECTS
def test_files_are_mounted_from_the_repository_unchangeable_and_volumes_are_declared(project):
    for mount in (mount for service in project.services.values() for mount in service.mounts):
        if mount.target == "/photos":
            assert mount.read_only
        elif mount.file:
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
