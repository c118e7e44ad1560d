"""Templates and scripts: what is missing is installed, what was changed is put right, what fits is left alone."""

import json
import re

import pytest
from tests.unit.engines.elasticsearch import recorded
from tests.unit.engines.elasticsearch.fake_node import WELL, Answer

from cbir.engines.elasticsearch import resources
from cbir.engines.elasticsearch.resources import (
    COMPONENT,
    INDEX,
    SCRIPT,
    Outcome,
    State,
    examine,
    require,
    script_id,
    setup,
)
from cbir.errors import AccessRefusedError, CorruptDataError

DONE = Answer({"acknowledged": True})
DATES = {"created_date_millis": 1795336914949, "modified_date_millis": 1795336914949}
PLACES = {
    "_scripts": ("stored_scripts",),
    "_component_template": ("component_template", "component_template"),
    "_index_template": ("index_template", "index_template"),
}
"""By the first part of an endpoint: where the cluster's state has what is put there."""


class State943:
    """The part of a cluster's state that holds templates and scripts, as 9.4.3 shows it."""

    def __init__(self):
        self.metadata = {}
        self.put = []

    def __call__(self, request):
        endpoint, _, name = request.path.strip("/").partition("/")
        if request.method == "PUT":
            body = request.body["script"] if endpoint == "_scripts" else {**request.body, **DATES}
            self.put.append(name)
            self.at(endpoint)[name] = body
            return DONE
        return Answer({"metadata": self.metadata} if self.metadata else {}) if endpoint == "_cluster" else WELL

    def at(self, endpoint):
        place = self.metadata
        for key in PLACES[endpoint]:
            place = place.setdefault(key, {})
        return place


@pytest.fixture
def state(node):
    node.otherwise = State943()
    return node.otherwise


@pytest.fixture
def cluster(node, state, connect_to):
    return connect_to(node.url)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A small `es-config` in place of the real one."""
    for name, content in {
        "scripts/dot.painless": "// version 3\nreturn 1;\n",
        "component-templates/cbir-settings.json": '{"version": 2, "template": {"settings": {"index": {"a": "1"}}}}',
        "index-templates/cbir.json": '{"version": 2, "index_patterns": ["cbir-*"], "composed_of": ["cbir-settings"]}',
    }.items():
        path = tmp_path / "es-config" / name
        path.parent.mkdir(parents=True)
        path.write_text(content)
    monkeypatch.setattr(resources, "folder", lambda: tmp_path / "es-config")
    _forget()
    yield tmp_path / "es-config"
    _forget()


def _forget():
    resources.wanted.cache_clear()
    script_id.cache_clear()


def outcomes(done):
    return {one.name: one.outcome for one in done}


def test_the_first_setup_installs_all_and_templates_after_their_parts(cluster, state, folder):
    assert outcomes(setup(cluster)) == {
        "cbir-dot-v3": Outcome.INSTALLED,
        "cbir-settings": Outcome.INSTALLED,
        "cbir": Outcome.INSTALLED,
    }
    assert state.put == ["cbir-dot-v3", "cbir-settings", "cbir"]
    assert state.at("_scripts")["cbir-dot-v3"] == {"lang": "painless", "source": "// version 3\nreturn 1;\n"}


def test_the_second_setup_changes_nothing(cluster, state, folder):
    setup(cluster)
    state.put.clear()
    assert set(outcomes(setup(cluster)).values()) == {Outcome.UNCHANGED}
    assert state.put == []


def test_what_someone_changed_is_put_right(cluster, state, folder):
    setup(cluster)
    state.at("_scripts")["cbir-dot-v3"]["source"] = "return 2;"
    del state.at("_component_template")["cbir-settings"]
    assert outcomes(setup(cluster)) == {
        "cbir-dot-v3": Outcome.UPGRADED,
        "cbir-settings": Outcome.INSTALLED,
        "cbir": Outcome.UNCHANGED,
    }
    assert {state for _, state in examine(cluster)} == {State.CURRENT}


def test_an_older_template_is_upgraded_and_a_newer_one_kept(cluster, state, folder):
    setup(cluster)
    state.at("_component_template")["cbir-settings"] |= {"version": 1}
    state.at("_index_template")["cbir"] |= {"version": 3, "index_patterns": ["other"]}
    assert outcomes(setup(cluster)) == {
        "cbir-dot-v3": Outcome.UNCHANGED,
        "cbir-settings": Outcome.UPGRADED,
        "cbir": Outcome.UNCHANGED,
    }
    assert state.at("_index_template")["cbir"]["version"] == 3


def test_a_script_of_another_version_stays_beside_the_new_one(cluster, state, folder):
    state.at("_scripts")["cbir-dot-v2"] = {"lang": "painless", "source": "// version 2\n"}
    setup(cluster)
    assert set(state.at("_scripts")) == {"cbir-dot-v2", "cbir-dot-v3"}


def test_what_a_command_needs_is_looked_at_once_a_connection(cluster, node, state, folder):
    require(cluster)
    asked = len(node.requests)
    require(cluster)
    assert len(node.requests) == asked
    assert state.put == ["cbir-dot-v3", "cbir-settings", "cbir"]


def test_a_key_that_may_not_install_needs_a_setup_and_then_none(cluster, node, state, folder):
    refusal = recorded.not_authorized("cluster:admin/script/put", "", "cluster privileges [manage,all]")
    node.otherwise = lambda request: Answer(refusal, 403, {}) if request.method == "PUT" else state(request)
    with pytest.raises(AccessRefusedError, match="may not install them") as caught:
        require(cluster)
    assert "cbir elasticsearch setup" in caught.value.remedy
    with pytest.raises(AccessRefusedError, match=r"script 'cbir-dot-v3'.*may not do 'cluster:admin/script/put'"):
        setup(cluster)
    node.otherwise = state
    setup(cluster)
    cluster.prepared = False
    node.otherwise = lambda request: Answer(refusal, 403, {}) if request.method == "PUT" else state(request)
    require(cluster)


def test_the_id_of_a_script_has_its_version(folder):
    assert script_id("dot") == "cbir-dot-v3"


@pytest.mark.parametrize("source", ["return 1;", "//version 1\n", "// version 0\n", "// version x\n", ""])
def test_a_script_without_its_version_is_named(folder, source):
    (folder / "scripts/dot.painless").write_text(source)
    with pytest.raises(CorruptDataError, match=r"dot\.painless does not begin with `// version N`"):
        script_id("dot")


def test_a_script_that_is_not_there_is_named(folder):
    with pytest.raises(CorruptDataError, match=r"none\.painless cannot be read"):
        script_id("none")


# -- the files themselves ------------------------------------------------------------------------------


def test_every_resource_is_one_of_ours_by_its_name():
    for one in resources.wanted():
        assert one.name.startswith("cbir")
        if one.kind is SCRIPT:
            assert re.fullmatch(r"cbir-[a-z0-9-]+-v[1-9][0-9]*", one.name)
        else:
            assert isinstance(one.body["version"], int)


def test_the_index_template_is_made_of_parts_that_are_there_and_one_of_the_persons():
    names = {one.name for one in resources.wanted() if one.kind is COMPONENT}
    (template,) = [one.body for one in resources.wanted() if one.kind is INDEX]
    assert set(template["composed_of"]) == names | {"cbir@custom"}
    assert template["composed_of"][-1] == "cbir@custom"  # the last one wins
    assert template["ignore_missing_component_templates"] == ["cbir@custom"]


@pytest.mark.parametrize("role", sorted((resources.folder() / "roles").glob("*.json")), ids=lambda path: path.stem)
def test_a_role_may_use_collections_and_nothing_else(role):
    for one in json.loads(role.read_text())["indices"]:
        assert set(one["names"]) <= {"cbir-*", "cbir=*", "cbir+*"}
