"""Preparing a real cluster: once, again, after a change by hand, with keys that may and that may not."""

import json

import pytest

from cbir.cli.main import run
from cbir.engines.elasticsearch import resources
from cbir.engines.elasticsearch.connection import connect
from cbir.engines.elasticsearch.overview import findings, overview
from cbir.engines.elasticsearch.resources import Outcome, State, examine, require, setup
from cbir.errors import AccessRefusedError
from tests.elasticsearch.access import key_of_role, settings_for


@pytest.fixture
def link(elasticsearch_secured):
    """Connections to the secured server: `link(**settings to change)`."""
    made = []

    def make(**changed):
        made.append(connect(settings_for(elasticsearch_secured, **changed)))
        return made[-1]

    yield make
    for cluster in made:
        cluster.close()


@pytest.fixture
def cluster(link):
    return link()


@pytest.fixture
def trial(tmp_path, monkeypatch, cluster):
    """An `es-config` of this test alone, so that tests beside it keep their scripts."""
    folder = tmp_path / "es-config"
    settings = {"index": {"refresh_interval": "7s", "number_of_replicas": "0"}}
    for name, content in {
        "scripts/trial.painless": "// version 1\nreturn 1;\n",
        "component-templates/cbir-trial.json": json.dumps({"version": 1, "template": {"settings": settings}}),
        "index-templates/cbir-trial.json": json.dumps(
            {"version": 1, "priority": 501, "index_patterns": ["trial-of-cbir-*"], "composed_of": ["cbir-trial"]}
        ),
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_text(content)
    monkeypatch.setattr(resources, "folder", lambda: folder)
    resources.wanted.cache_clear()
    _forget(cluster)
    yield folder
    resources.wanted.cache_clear()
    _forget(cluster)


def _forget(cluster):
    quiet = cluster.client.options(ignore_status=404)
    quiet.indices.delete_index_template(name="cbir-trial")
    quiet.cluster.delete_component_template(name="cbir-trial")
    for version in (1, 2):
        quiet.delete_script(id=f"cbir-trial-v{version}")


def outcomes(done):
    return {(one.kind, one.name): one.outcome for one in done}


SCRIPT = ("stored script", "cbir-trial-v1")
COMPONENT = ("component template", "cbir-trial")
INDEX = ("index template", "cbir-trial")


def test_the_first_setup_installs_and_the_second_changes_nothing(cluster, trial):
    assert outcomes(setup(cluster)) == dict.fromkeys([SCRIPT, COMPONENT, INDEX], Outcome.INSTALLED)
    assert outcomes(setup(cluster)) == dict.fromkeys([SCRIPT, COMPONENT, INDEX], Outcome.UNCHANGED)


def test_what_was_changed_by_hand_is_put_right(cluster, trial):
    setup(cluster)
    cluster.client.put_script(id="cbir-trial-v1", script={"lang": "painless", "source": "return 2;"})
    cluster.client.cluster.put_component_template(
        name="cbir-trial", template={"settings": {"refresh_interval": "9s"}}
    )
    cluster.client.indices.delete_index_template(name="cbir-trial")
    assert outcomes(setup(cluster)) == {
        SCRIPT: Outcome.UPGRADED,
        COMPONENT: Outcome.UPGRADED,
        INDEX: Outcome.INSTALLED,
    }
    assert {state for _, state in examine(cluster)} == {State.CURRENT}
    assert cluster.client.get_script(id="cbir-trial-v1")["script"]["source"] == "// version 1\nreturn 1;\n"


def test_a_new_version_of_a_script_leaves_the_old_one(cluster, trial):
    setup(cluster)
    (trial / "scripts/trial.painless").write_text("// version 2\nreturn 2;\n")
    resources.wanted.cache_clear()
    assert outcomes(setup(cluster))[("stored script", "cbir-trial-v2")] is Outcome.INSTALLED
    assert cluster.client.get_script(id="cbir-trial-v1")["found"]


def test_an_index_takes_what_the_templates_say(cluster, trial):
    setup(cluster)
    made = cluster.client.indices.create(index="trial-of-cbir-1")["index"]
    found = cluster.client.indices.get_settings(index=made)[made]["settings"]["index"]
    cluster.client.indices.delete(index=made)
    assert found["refresh_interval"] == "7s"


def test_the_real_files_are_taken_by_the_server(cluster):
    require(cluster)
    assert {state for _, state in examine(cluster)} == {State.CURRENT}
    assert {one.outcome for one in setup(cluster)} == {Outcome.UNCHANGED}


def test_a_collections_index_is_strict_and_has_the_fields_of_an_image(cluster):
    require(cluster)
    name = cluster.names.index("Of-the-template", 1)
    cluster.client.options(ignore_status=404).indices.delete(index=name)
    cluster.client.indices.create(index=name)
    found = cluster.client.indices.get(index=name)[name]
    cluster.client.indices.delete(index=name)
    assert found["mappings"]["dynamic"] == "strict"
    assert {"id", "paths", "labels", "words", "has", "zeros", "record"} <= found["mappings"]["properties"].keys()
    assert found["settings"]["index"]["auto_expand_replicas"] == "0-1"


# -- roles ---------------------------------------------------------------------------------------------


@pytest.fixture
def with_role(elasticsearch_secured, link):
    def make(role):
        return link(namespace="roles", api_key=key_of_role(elasticsearch_secured, role))

    return make


def test_the_role_setup_may_install(with_role, trial):
    assert outcomes(setup(with_role("setup"))) == dict.fromkeys([SCRIPT, COMPONENT, INDEX], Outcome.INSTALLED)


@pytest.mark.parametrize("role", ["index", "search"])
def test_the_other_roles_may_not_and_do_not_need_to(with_role, role, cluster, trial):
    with pytest.raises(AccessRefusedError, match="may not install them") as caught:
        require(with_role(role))
    assert "cbir elasticsearch setup" in caught.value.remedy
    setup(cluster)
    require(with_role(role))


def test_the_role_index_does_all_that_a_collection_needs(with_role):
    client, names = (indexer := with_role("index")).client, indexer.names
    alias, first, second = names.alias("a"), names.index("a", 1), names.index("a", 2)
    client.options(ignore_status=404).indices.delete(index=[first, second, names.metadata], ignore_unavailable=True)
    client.indices.create(index=first, aliases={alias: {}})
    client.bulk(index=alias, operations=[{"index": {"_id": "a"}}, {"id": "a"}], require_alias=True)
    client.indices.refresh(index=alias)
    client.indices.put_mapping(index=alias, properties={"x9": {"type": "keyword"}})
    client.indices.add_block(index=first, block="write")
    client.indices.create(index=second)
    client.reindex(source={"index": first}, dest={"index": second}, refresh=True)
    moved = [{"remove": {"index": first, "alias": alias}}, {"add": {"index": second, "alias": alias}}]
    client.indices.update_aliases(actions=moved)
    assert client.search(index=alias)["hits"]["total"]["value"] == 1
    client.delete_by_query(index=alias, query={"match_all": {}}, refresh=True)
    client.indices.forcemerge(index=alias)
    client.index(index=names.metadata, id="a", document={"a": 1})
    client.indices.delete(index=[first, second, names.metadata])


def test_the_role_search_reads_and_does_not_write(with_role, elasticsearch_secured, link):
    owner = link(namespace="roles")
    index, alias = owner.names.index("read", 1), owner.names.alias("read")
    owner.client.options(ignore_status=404).indices.delete(index=index)
    owner.client.indices.create(index=index, aliases={alias: {}})
    owner.client.index(index=alias, id="a", document={"id": "a"}, refresh=True)
    reader = with_role("search")
    assert reader.client.search(index=alias)["hits"]["total"]["value"] == 1
    assert reader.client.indices.get(index=alias)[index]["aliases"] == {alias: {}}
    assert reader.client.open_point_in_time(index=alias, keep_alive="1s")["id"]
    assert [held.collection for held in overview(reader).held if held.index == index] == ["read"]
    with pytest.raises(AccessRefusedError), reader.answers("writing"):
        reader.client.index(index=alias, document={"id": "b"})
    with pytest.raises(AccessRefusedError), reader.answers("writing"):
        reader.client.indices.delete(index=index)
    owner.client.indices.delete(index=index)


# -- how a cluster is ----------------------------------------------------------------------------------


def test_an_overview_names_nodes_disks_and_collections(link):
    cluster = link(namespace="overview")
    index = cluster.names.index("Photos", 1)
    cluster.client.options(ignore_status=404).indices.delete(index=index)
    cluster.client.indices.create(index=index, aliases={cluster.names.alias("Photos"): {}})
    for name in ("a", "b"):
        cluster.client.index(index=index, id=name, document={"id": name}, refresh=True)
    require(cluster)
    found = overview(cluster)
    cluster.client.indices.delete(index=index)
    (node,) = found.nodes
    assert 0 < node.disk_free <= node.disk_bytes
    (held,) = found.held
    assert (held.collection, held.index, held.images) == ("Photos", index, 2)
    assert held.bytes > 0
    assert found.outdated == []


def test_doctor_hears_of_what_is_missing(cluster, trial):
    remedies = [finding.remedy for finding in findings(cluster)]
    assert "Run: cbir elasticsearch setup" in remedies
    setup(cluster)
    assert "Run: cbir elasticsearch setup" not in [finding.remedy for finding in findings(cluster)]


@pytest.fixture
def command(elasticsearch_secured, tmp_path, capsys):
    """The program, for the secured server: `command(*arguments)` gives what it printed."""
    environment = elasticsearch_secured.environment() | {
        "CBIR_DATA_DIR": str(tmp_path),
        "CBIR_WEIGHTS_DIR": str(tmp_path),
        "CBIR_CONFIG": "",
        "CBIR_ELASTICSEARCH_NAMESPACE": "command",
    }

    def call(*arguments, code=0, **changed):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run(list(arguments), environment | changed)
        printed = capsys.readouterr()
        assert (ended.value.code or 0) == code, printed.err
        return printed.out

    return call


def test_the_command_setup_says_what_it_did(command, trial):
    found = json.loads(command("elasticsearch", "setup", "--json"))
    assert {(one["kind"], one["name"], one["outcome"]) for one in found["resources"]} == {
        (*SCRIPT, "installed"),
        (*COMPONENT, "installed"),
        (*INDEX, "installed"),
    }
    assert "0 of 3 resources installed or upgraded" in command("elasticsearch", "setup")


def test_the_command_status_tells_of_the_cluster(command, trial, elasticsearch_secured):
    found = json.loads(command("elasticsearch", "status", "--json"))
    assert found["urls"] == list(elasticsearch_secured.urls)
    assert found["version"] == elasticsearch_secured.request("GET", "/")["version"]["number"]
    assert found["health"] in {"green", "yellow", "red"}
    assert [node["name"] for node in found["nodes"]] == ["node-0"]
    assert found["up_to_date"] is False
    shown = command("elasticsearch", "status")
    assert f"Elasticsearch {found['version']}" in shown
    assert "3 of 3 templates and scripts are not as this version needs them" in shown


def test_doctor_tells_of_the_cluster(command, elasticsearch_secured):
    shown = command("doctor")
    assert f"at {elasticsearch_secured.urls[0]}, " in shown
    assert "installation" in shown


def test_doctor_says_what_it_can_where_the_cluster_is_away(command):
    shown = command("doctor", code=1, CBIR_ELASTICSEARCH_API_KEY="YWJjOmRlZg==")
    assert "installation" in shown
    assert "does not accept the API key" in shown
