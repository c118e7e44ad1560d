"""Reaching a real cluster, being refused by it, and what it says when it cannot do as it was told."""

import pytest

from cbir.engines.elasticsearch.connection import connect
from cbir.errors import (
    AccessRefusedError,
    CbirError,
    ConflictError,
    CorruptDataError,
    NotFoundError,
    ReadOnlyError,
    StorageError,
    StorageFullError,
    UnavailableError,
    WriterBusyError,
)
from tests.elasticsearch.access import key_with, settings_for
from tests.elasticsearch_server.certificates import make_certificates
from tests.elasticsearch_server.cluster import Cluster, Plan
from tests.elasticsearch_server.lifeline import Lifeline

ONE_DOCUMENT = {"id": "a", "width": 1}


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
    return link(namespace="trial")


@pytest.fixture
def index(cluster):
    """An index of a collection called `photos` with one image, behind its alias; the alias is given."""
    name, alias = cluster.names.index("photos", 1), cluster.names.alias("photos")
    client = cluster.client
    client.options(ignore_status=404).indices.delete(index=name)
    properties = {"id": {"type": "keyword"}, "width": {"type": "integer"}}
    client.indices.create(
        index=name,
        aliases={alias: {}},
        mappings={"dynamic": "strict", "properties": properties},
        settings={"number_of_replicas": 0},
    )
    client.index(index=alias, id="a", document=ONE_DOCUMENT, refresh=True)
    yield alias
    free = {f"index.blocks.{block}": None for block in ("write", "read_only", "read_only_allow_delete")}
    client.options(ignore_status=404).indices.put_settings(index=name, settings=free)
    client.options(ignore_status=404).indices.delete(index=name)


def refusal(cluster, call, **arguments):
    """The error of a call that has to fail."""
    with pytest.raises(CbirError) as caught, cluster.answers("the collection 'photos'"):
        call(**arguments)
    return caught.value


# -- getting in ----------------------------------------------------------------------------------------


def test_a_key_and_an_authority_or_a_user_and_a_fingerprint_get_in(elasticsearch_secured, link):
    server = elasticsearch_secured
    assert link().version >= (9, 3)
    user = {"api_key": "", "user": server.user, "password": server.password}
    assert link(ca="", fingerprint=server.fingerprint, **user).version >= (9, 3)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"api_key": "YWJjOmRlZg=="}, "does not accept the API key.*unable to find apikey with id abc"),
        ({"api_key": "nonsense"}, "does not accept the API key.*invalid ApiKey value"),
        ({"api_key": ""}, "wants to know who asks"),
        ({"api_key": "", "user": "tester", "password": "wrong"}, r"unable to authenticate user \[tester\]"),
        ({"ca": ""}, "authority that is not trusted here"),
        ({"ca": "", "fingerprint": "ab" * 32}, "not the one of 'elasticsearch_fingerprint'"),
    ],
    ids=["unknown key", "no key at all", "nobody", "wrong password", "no authority", "wrong fingerprint"],
)
def test_a_wrong_key_password_or_certificate_is_named(link, changed, message):
    with pytest.raises(AccessRefusedError, match=message) as caught:
        link(**changed)
    assert "elasticsearch_" in caught.value.remedy


def test_another_authority_is_named(link, tmp_path):
    other = make_certificates(tmp_path / "other")
    with pytest.raises(AccessRefusedError, match="authority that is not trusted here"):
        link(ca=str(other.ca))


def test_a_key_that_ended_is_named(elasticsearch_secured, link):
    server = elasticsearch_secured
    made = server.request("POST", "/_security/api_key", {"name": "test"})
    server.request("DELETE", "/_security/api_key", {"ids": [made["id"]]})
    with pytest.raises(AccessRefusedError, match="has expired or was taken back"):
        link(api_key=made["encoded"])


def test_http_where_the_server_wants_https_is_named(elasticsearch_secured, link):
    plain = elasticsearch_secured.urls[0].replace("https:", "http:")
    with pytest.raises(UnavailableError, match="closed the connection without an answer") as caught:
        link(url=plain, ca="")
    assert "https://" in caught.value.remedy


def test_a_key_that_may_not_even_ask_for_the_version_is_named(elasticsearch_secured, link):
    with pytest.raises(AccessRefusedError, match="may not do 'cluster:monitor/main'"):
        link(api_key=key_with(elasticsearch_secured, cluster=[], indices=[]))


def test_three_nodes_share_the_calls(elasticsearch_three):
    cluster = connect(settings_for(elasticsearch_three))
    assert {cluster.client.info()["name"] for _ in range(6)} == {"node-0", "node-1", "node-2"}
    cluster.close()


@pytest.fixture(scope="module")
def expired(elasticsearch_distribution):
    """A cluster of one node whose certificate is no longer valid, and which may be paused."""
    plan = Plan(secured=True, expired=True, quick=True, heap="512m")
    with Lifeline() as lifeline:
        cluster = Cluster(elasticsearch_distribution, plan, lifeline.folder, "expired").start()
        yield cluster
        cluster.give_up_ports()


def test_an_expired_certificate_is_named_and_a_fingerprint_still_lets_in(expired):
    server = expired.server
    with pytest.raises(AccessRefusedError, match="has expired") as caught:
        connect(settings_for(server))
    assert "Renew it" in caught.value.remedy
    trusting = connect(settings_for(server, ca="", fingerprint=server.fingerprint))
    assert trusting.version >= (9, 3)
    trusting.close()


def test_a_server_that_hangs_is_an_error_within_the_time_out(expired):
    settings = settings_for(expired.server, ca="", fingerprint=expired.server.fingerprint, timeout=2)
    cluster = connect(settings)
    (node,) = expired.nodes
    node.pause()
    for call in (cluster.client.search, cluster.client.info):
        with pytest.raises(UnavailableError, match="did not answer within 2 s"), cluster.answers("searching"):
            call()
    with pytest.raises(UnavailableError, match="did not answer within 2 s"):
        connect(settings)
    node.resume()
    cluster.client.options(request_timeout=60).search()
    cluster.close()


# -- being refused -------------------------------------------------------------------------------------


def test_a_key_without_a_privilege_is_told_which(elasticsearch_secured, link, index):
    allowed = [{"names": ["cbir=trial-*"], "privileges": ["read"]}]
    reader = link(namespace="trial", api_key=key_with(elasticsearch_secured, cluster=["monitor"], indices=allowed))
    assert reader.client.search(index=index)["hits"]["total"]["value"] == 1
    error = refusal(reader, reader.client.index, index=index, document=ONE_DOCUMENT)
    assert isinstance(error, AccessRefusedError)
    assert "'indices:data/write/index'" in error.message
    assert "[create_doc,create,index,write,all]" in error.message


def test_a_disk_that_is_nearly_full_is_named(cluster, index):
    flood = {"index.blocks.read_only_allow_delete": True}
    cluster.client.indices.put_settings(index=index, settings=flood)
    error = refusal(cluster, cluster.client.index, index=index, document=ONE_DOCUMENT)
    assert isinstance(error, StorageFullError)
    assert "nearly full" in error.message
    assert "collection 'photos'" in error.message
    (item,) = cluster.client.bulk(index=index, operations=[{"index": {"_id": "b"}}, ONE_DOCUMENT])["items"]
    (refused,) = item.values()
    assert isinstance(_of_item(cluster, refused), StorageFullError)


def _of_item(cluster, item):
    from cbir.engines.elasticsearch.failures import refused

    return refused(item["status"], item["error"], cluster.asked("the collection 'photos'"))


def test_an_index_that_is_being_rebuilt_is_busy(cluster, index):
    cluster.client.indices.add_block(index=index, block="write")
    error = refusal(cluster, cluster.client.index, index=index, document=ONE_DOCUMENT)
    assert isinstance(error, WriterBusyError)
    assert "collection 'photos'" in error.message


def test_another_block_is_told_as_it_is(cluster, index):
    cluster.client.indices.add_block(index=index, block="read_only")
    error = refusal(cluster, cluster.client.index, index=index, document=ONE_DOCUMENT)
    assert isinstance(error, ReadOnlyError)
    assert "index read-only (api)" in error.message


def test_missing_shards_are_named_for_reading_and_writing(cluster, index):
    """An index whose only shard may be on no node: red, as when nodes are lost."""
    nowhere = cluster.names.index("nowhere", 1)
    cluster.client.options(ignore_status=404).indices.delete(index=nowhere)
    cluster.client.indices.create(
        index=nowhere,
        settings={"number_of_replicas": 0, "index.routing.allocation.require.room": "none"},
        wait_for_active_shards=0,
    )
    client = cluster.client
    for call, arguments in (
        (client.search, {"allow_partial_search_results": False}),
        (client.search, {}),
        (client.count, {}),
        (client.get, {"id": "a"}),
        (client.index, {"document": ONE_DOCUMENT, "timeout": "1s"}),
    ):
        error = refusal(cluster, call, index=nowhere, **arguments)
        assert isinstance(error, UnavailableError), call
        assert "the cluster is red" in error.message, call
    client.indices.delete(index=nowhere)


def test_a_server_that_waits_says_why_before_we_give_up(link):
    cluster = link(namespace="trial", timeout=3)
    nowhere = cluster.names.index("waiting", 1)
    cluster.client.options(ignore_status=404).indices.delete(index=nowhere)
    cluster.client.indices.create(
        index=nowhere,
        settings={"number_of_replicas": 0, "index.routing.allocation.require.room": "none"},
        wait_for_active_shards=0,
    )
    error = refusal(cluster, cluster.client.index, index=nowhere, document=ONE_DOCUMENT, timeout=cluster.patience)
    assert "the cluster is red" in error.message
    cluster.client.indices.delete(index=nowhere)


def test_a_missing_collection_is_named(cluster):
    for call, arguments in (
        (cluster.client.search, {}),
        (cluster.client.index, {"document": ONE_DOCUMENT, "require_alias": True}),
        (cluster.client.indices.get, {}),
    ):
        error = refusal(cluster, call, index=cluster.names.alias("None"), **arguments)
        assert isinstance(error, NotFoundError)
        assert "no collection 'None'" in error.message


def test_a_missing_script_is_named(cluster, index):
    scored = {"script_score": {"query": {"match_all": {}}, "script": {"id": "cbir-dot-v0"}}}
    error = refusal(cluster, cluster.client.search, index=index, query=scored)
    assert isinstance(error, ConflictError)
    assert "'cbir-dot-v0'" in error.message
    assert error.remedy == "Run: cbir elasticsearch setup"


def test_a_script_that_fails_is_told_by_its_cause(cluster, index):
    script = {"source": "return doc['x0.sum'].value"}
    scored = {"script_score": {"query": {"match_all": {}}, "script": script}}
    error = refusal(cluster, cluster.client.search, index=index, query=scored)
    assert type(error) is StorageError
    assert "No field found for [x0.sum] in mapping" in error.message


@pytest.mark.parametrize(("document", "field"), [({"colour": "red"}, "colour"), ({"width": "wide"}, "width")])
def test_a_mapping_that_was_changed_is_named_with_the_field(cluster, index, document, field):
    error = refusal(cluster, cluster.client.index, index=index, document=document)
    assert isinstance(error, CorruptDataError)
    assert f"field '{field}'" in error.message


def test_a_closed_index_is_named(cluster, index):
    cluster.client.indices.close(index=index)
    error = refusal(cluster, cluster.client.search, index=index)
    assert isinstance(error, ConflictError)
    assert "is closed" in error.message
