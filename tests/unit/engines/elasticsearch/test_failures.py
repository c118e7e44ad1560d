"""What a cluster answers, as errors that name the thing and the remedy; the answers were recorded on 9.4.3."""

import pytest
from elastic_transport import ConnectionError as NodeError
from elastic_transport import ConnectionTimeout, SerializationError, TlsError, TransportError
from elasticsearch.helpers.errors import BulkIndexError, ScanError
from tests.unit.engines.elasticsearch import recorded
from tests.unit.engines.elasticsearch.fake_node import PRODUCT, Answer

from cbir.engines.elasticsearch import failures
from cbir.engines.elasticsearch.failure_table import TABLE
from cbir.engines.elasticsearch.failures import Asked, as_error, incomplete, refused
from cbir.engines.elasticsearch.names import Names
from cbir.errors import (
    AccessRefusedError,
    AlreadyExistsError,
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

ASKED = Asked("searching 'photos'", "https://es:9200", Names(), timeout=60.0)
FOREIGN = {"headers": {}, "media_type": "text/html"}
NO_HEADER = {"headers": {}}
"""Elasticsearch does not name itself in refusals (403)."""

ANSWERS = {
    "no privilege on an index": (
        Answer(
            recorded.not_authorized(
                "indices:admin/create",
                " on indices [cbir-photos+000001]",
                "index privileges [create_index,manage,all]",
            ),
            403,
            **NO_HEADER,
        ),
        AccessRefusedError,
        r"may not do 'indices:admin/create', which needs one of the index privileges \[create_index,manage,all\]",
        "ready roles",
    ),
    "no privilege on the cluster": (
        Answer(recorded.not_authorized("cluster:monitor/main", "", "cluster privileges [monitor,manage,all]"), 403),
        AccessRefusedError,
        r"may not do 'cluster:monitor/main', which needs one of the cluster privileges \[monitor,manage,all\]",
        "ready roles",
    ),
    "nobody": (Answer(recorded.NOBODY, 401), AccessRefusedError, "wants to know who asks", "elasticsearch_api_key"),
    "wrong key": (
        Answer(recorded.WRONG_KEY, 401),
        AccessRefusedError,
        "does not accept the API key.*unable to find apikey with id abc",
        "elasticsearch_api_key",
    ),
    "wrong password": (
        Answer(recorded.WRONG_PASSWORD, 401),
        AccessRefusedError,
        r"does not accept .* user and password \(unable to authenticate user \[tester\]",
        "elasticsearch_password",
    ),
    "expired key": (Answer(recorded.EXPIRED_KEY, 401), AccessRefusedError, "key has expired", "Make another"),
    "a proxy's refusal": (Answer("<html>", 403, **FOREIGN), AccessRefusedError, r"a proxy .* \(HTTP 403\)", "Ask"),
    "a proxy alone": (Answer("<html>", 504, **FOREIGN), UnavailableError, r"a proxy .* \(HTTP 504\)", "running"),
    "a page": (Answer("<html>", 404, **FOREIGN), UnavailableError, "is not Elasticsearch", "elasticsearch_url"),
    "another major version": (
        Answer(recorded.body(400, type="media_type_header_exception", reason="Invalid media-type value"), 400),
        ConflictError,
        "another major version",
        "9.3",
    ),
    "flood stage": (
        Answer(recorded.blocked(429, recorded.FLOOD), 429),
        StorageFullError,
        r"a disk of the cluster is nearly full.*\(flood stage; collection 'photos'\)",
        "Free or add disk space",
    ),
    "a full disk": (
        Answer(recorded.body(500, type="i_o_exception", reason="No space left on device"), 500),
        StorageFullError,
        "a disk of the cluster is full",
        "Free or add disk space",
    ),
    "being rebuilt": (
        Answer(recorded.blocked(403, "FORBIDDEN/8/index write (api)"), 403, **NO_HEADER),
        WriterBusyError,
        "the collection 'photos' takes no writes: it is being rebuilt",
        "collections rebuild",
    ),
    "starting": (
        Answer(recorded.blocked(503, "SERVICE_UNAVAILABLE/1/state not recovered / initialized"), 503),
        UnavailableError,
        "is starting, or without a master",
        "elasticsearch status",
    ),
    "read-only": (
        Answer(recorded.blocked(403, "FORBIDDEN/5/index read-only (api)"), 403, **NO_HEADER),
        ReadOnlyError,
        r"FORBIDDEN/5/index read-only \(api\)",
        "Take the block off",
    ),
    "too many shards": (
        Answer(
            recorded.body(
                400,
                type="validation_exception",
                reason="Validation Failed: 1: this action would add [2] shards, but this cluster currently has "
                "[1000]/[1000] maximum normal shards open;",
            ),
            400,
        ),
        StorageFullError,
        "as many shards as its nodes may hold",
        "max_shards_per_node",
    ),
    "too large": (Answer("", 413), StorageError, "no request of this size", "http.max_content_length"),
    "out of memory": (
        Answer(
            recorded.body(
                429,
                type="circuit_breaking_exception",
                reason="[parent] Data too large, data for [<http_request>] would be [1026558880/979mb], which is "
                "larger than the limit of [1020054732/972.7mb]",
                bytes_wanted=1026558880,
                bytes_limit=1020054732,
                durability="PERMANENT",
            ),
            429,
        ),
        UnavailableError,
        "too little memory.*Data too large",
        "more heap",
    ),
    "too busy": (
        Answer(
            recorded.of_search(
                429, {"type": "es_rejected_execution_exception", "reason": "rejected execution of TimedRunnable"}
            ),
            429,
        ),
        UnavailableError,
        "too busy",
        "Try again",
    ),
    "no master": (
        Answer(recorded.body(503, type="master_not_discovered_exception", reason=None), 503),
        UnavailableError,
        "has no master",
        "Are enough of its nodes running",
    ),
    "red": (Answer(recorded.NO_SHARD, 503), UnavailableError, "the cluster is red", "elasticsearch status"),
    "red, all or nothing": (Answer(recorded.MISSING_SHARDS, 503), UnavailableError, "the cluster is red", "nodes"),
    "red, writing": (
        Answer(recorded.body(503, **recorded.UNAVAILABLE_SHARD), 503),
        UnavailableError,
        "the cluster is red",
        "nodes",
    ),
    "slow": (Answer(recorded.SEARCH_TIMEOUT, 429), UnavailableError, "in time", "elasticsearch status"),
    "another 503": (
        Answer(recorded.body(503, type="something_new", reason="not now"), 503),
        UnavailableError,
        "cannot answer now: not now",
        "elasticsearch status",
    ),
    "missing script": (
        Answer(recorded.of_search(400, recorded.MISSING_SCRIPT, caused_by=recorded.MISSING_SCRIPT), 400),
        ConflictError,
        "lacks the stored script 'cbir-dot-v1'",
        "Run: cbir elasticsearch setup",
    ),
    "missing index": (
        Answer(recorded.body(404, **recorded.NO_SUCH_INDEX), 404),
        NotFoundError,
        "the cluster has no collection 'photos'",
        "collections list",
    ),
    "missing alias of a write": (
        Answer(recorded.body(404, **recorded.NO_ALIAS), 404),
        NotFoundError,
        "the cluster has no collection 'Myphotos'",
        "collections list",
    ),
    "missing alias": (
        Answer({"error": "alias [cbir-photos] missing", "status": 404}, 404),
        NotFoundError,
        "the cluster has no collection 'photos'",
        "collections list",
    ),
    "missing document": (
        Answer({"_index": "cbir-photos+000001", "_id": "x", "found": False}, 404),
        NotFoundError,
        "Searching 'photos': it is not there",
        "collections list",
    ),
    "closed": (
        Answer(recorded.body(400, type="index_closed_exception", reason="closed", index="cbir-photos+000001"), 400),
        ConflictError,
        "the collection 'photos' is closed",
        "Open its index",
    ),
    "there already": (
        Answer(
            recorded.body(
                400,
                type="resource_already_exists_exception",
                reason="index [cbir-photos+000001/XchS3GfET7uFZTDG_mNqrQ] already exists",
                index="cbir-photos+000001",
            ),
            400,
        ),
        AlreadyExistsError,
        "it is there already",
        "another name",
    ),
    "there already as an alias": (
        Answer(
            recorded.body(
                400,
                type="invalid_index_name_exception",
                reason="Invalid index name [cbir-photos], already exists as alias",
            ),
            400,
        ),
        AlreadyExistsError,
        "it is there already",
        "another name",
    ),
    "changed meanwhile": (
        Answer(
            recorded.body(
                409,
                type="version_conflict_engine_exception",
                reason="[1]: version conflict, document already exists (current version [1])",
                index="cbir-photos+000001",
            ),
            409,
        ),
        ConflictError,
        "another process changed",
        "Run the command again",
    ),
    "a field that is gone": (
        Answer(recorded.body(400, **recorded.UNKNOWN_FIELD), 400),
        CorruptDataError,
        "the mapping .* was changed, it has no field 'words'",
        "collections rebuild",
    ),
    "a field of another type": (
        Answer(recorded.body(400, **recorded.WRONG_VALUE), 400),
        CorruptDataError,
        "the mapping .* was changed, field 'width' does not take",
        "collections rebuild",
    ),
    "a field of another length": (
        Answer(recorded.body(400, **recorded.WRONG_DIMS), 400),
        CorruptDataError,
        r"field 'x0\.values_0' does not take .*different number of dimensions",
        "collections rebuild",
    ),
    "a script that fails": (
        Answer(
            recorded.of_search(
                400, {"type": "script_exception", "reason": "runtime error", "caused_by": recorded.MISSING_FIELD}
            ),
            400,
        ),
        StorageError,
        r"a stored script failed: No field found for \[x0\.sum\] in mapping",
        "cbir doctor",
    ),
    "something else": (
        Answer(recorded.body(400, type="something_new", reason="I would rather not"), 400),
        StorageError,
        r"refused it \(HTTP 400\): I would rather not",
        "cbir doctor",
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_is_the_right_error_with_its_remedy(node, connect_to, case):
    answer, expected, message, remedy = ANSWERS[case]
    cluster = connect_to(node.url)
    node.otherwise = lambda _: answer
    with pytest.raises(expected, match=message) as caught, cluster.answers("searching 'photos'"):
        cluster.client.search(index="cbir-photos")
    assert type(caught.value) is expected
    assert caught.value.message.startswith("Searching 'photos': ")
    assert remedy in caught.value.remedy
    assert caught.value.__cause__ is not None


VERIFY = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
LOST = {
    "expired": (TlsError(VERIFY + "certificate has expired (_ssl.c:1006)"), AccessRefusedError, "has expired"),
    "not yet valid": (TlsError(VERIFY + "certificate is not yet valid"), AccessRefusedError, "not valid yet"),
    "another host": (
        TlsError(VERIFY + "Hostname mismatch, certificate is not valid for 'es'."),
        AccessRefusedError,
        "another host name",
    ),
    "another address": (
        TlsError(VERIFY + "IP address mismatch, certificate is not valid for '10.0.0.1'."),
        AccessRefusedError,
        "another host name",
    ),
    "another fingerprint": (
        TlsError('Fingerprints did not match. Expected "ab", got "cd"'),
        AccessRefusedError,
        "not the one of 'elasticsearch_fingerprint'",
    ),
    "self-signed": (
        TlsError(VERIFY + "self-signed certificate in certificate chain"),
        AccessRefusedError,
        "not trusted here",
    ),
    "unknown authority": (
        TlsError(VERIFY + "unable to get local issuer certificate"),
        AccessRefusedError,
        "not trusted here",
    ),
    "plain": (TlsError("[SSL: WRONG_VERSION_NUMBER] wrong version number"), UnavailableError, "does not speak TLS"),
    "other TLS": (
        TlsError("[SSL: UNEXPECTED_EOF] EOF occurred"),
        UnavailableError,
        "no TLS connection .*EOF occurred",
    ),
    "too slow": (ConnectionTimeout("Connection timed out"), UnavailableError, "did not answer within 60 s"),
    "refused": (
        NodeError("Failed to establish a new connection: [Errno 111] Connection refused"),
        UnavailableError,
        r"nothing listens at https://es:9200",
    ),
    "unknown host": (
        NodeError("Failed to resolve 'es' ([Errno -2] Name or service not known)"),
        UnavailableError,
        "has no address",
    ),
    "closed": (
        NodeError("('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))"),
        UnavailableError,
        "closed the connection without an answer",
    ),
    "no route": (
        NodeError("Failed to establish a new connection: [Errno 113] No route to host"),
        UnavailableError,
        "cannot be reached: .*No route to host",
    ),
    "no JSON": (SerializationError("Unable to deserialize as JSON"), UnavailableError, "is not Elasticsearch"),
    "cut short": (
        ScanError("id", "Scroll request has only succeeded on 1 shards out of 2."),
        UnavailableError,
        "a part",
    ),
    "anything else": (TransportError("odd"), UnavailableError, "no answer from https://es:9200: odd"),
}


@pytest.mark.parametrize("case", LOST)
def test_a_lost_connection_is_the_right_error_with_a_remedy(case):
    error, expected, message = LOST[case]
    with pytest.raises(expected, match=message) as caught:
        raise as_error(error, ASKED)
    assert caught.value.message.startswith("Searching 'photos': ")
    assert caught.value.remedy


def test_every_row_of_the_table_is_met_by_a_case(node, connect_to, monkeypatch):
    met = []
    monkeypatch.setattr(failures, "_error", lambda failure, asked: met.append(failure) or CbirError(""))
    cluster = connect_to(node.url)
    for answer, *_ in ANSWERS.values():
        node.otherwise = lambda _, answer=answer: answer
        with pytest.raises(CbirError), cluster.answers("the test"):
            cluster.client.search()
    for error, *_ in LOST.values():
        as_error(error, ASKED)
    rows = [next(number for number, row in enumerate(TABLE) if row.fits(failure)) for failure in met]
    assert sorted(set(rows)) == list(range(len(TABLE)))


def test_a_refused_item_of_a_bulk_answer_is_told_as_an_answer_is():
    item = recorded.blocked(429, recorded.FLOOD)["error"]
    assert isinstance(refused(429, item, ASKED), StorageFullError)
    assert isinstance(refused(400, recorded.UNKNOWN_FIELD, ASKED), CorruptDataError)


def test_the_helpers_of_the_client_are_understood():
    item = {"index": {"_index": "cbir-photos", "_id": "3", "status": 503, "error": recorded.UNAVAILABLE_SHARD}}
    assert isinstance(as_error(BulkIndexError("1 document(s) failed to index.", [item]), ASKED), UnavailableError)


def test_the_hits_of_a_multi_search_are_its_own(node, connect_to):
    cluster = connect_to(node.url)
    shards = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}
    good = {"timed_out": False, "_shards": shards, "hits": {"hits": [{"_id": "a"}]}, "status": 200}
    assert cluster.hits(good, "searching") == [{"_id": "a"}]
    with pytest.raises(ConflictError, match=r"Searching: .* script 'cbir-dot-v1'"):
        cluster.hits(recorded.of_search(400, recorded.MISSING_SCRIPT), "searching")
    for wrong in ({"timed_out": True}, {"_shards": shards | {"failed": 1}}):
        with pytest.raises(UnavailableError, match=r"Searching: .* within 5 s"):
            cluster.hits(good | wrong, "searching")


def test_a_part_of_an_answer_is_none():
    assert isinstance(incomplete(ASKED), UnavailableError)


def test_a_long_reason_is_shortened():
    error = refused(400, {"type": "odd", "reason": "no. " * 1000}, ASKED)
    assert len(str(error)) < 500
    assert "…" in str(error)


def test_braces_in_a_reason_are_text():
    assert "{about}" in str(refused(400, {"type": "odd", "reason": "source[{about}] {0}"}, ASKED))


def test_an_index_of_another_namespace_is_no_collection():
    lab = Asked("searching", "https://es:9200", Names("lab"), timeout=60.0)
    missing = {"type": "index_not_found_exception", "reason": "no such index", "index": "cbir-photos+000001"}
    assert "index 'cbir-photos+000001'" in str(refused(404, missing, lab))
    mine = missing | {"index": "cbir=lab-photos+000001"}
    assert "collection 'photos'" in str(refused(404, mine, lab))


def test_what_is_no_failure_of_the_client_passes(node, connect_to):
    with pytest.raises(ZeroDivisionError), connect_to(node.url).answers("the test"):
        _ = 1 / 0


def test_the_product_header_counts_where_the_body_is_no_error(node, connect_to):
    cluster = connect_to(node.url)
    node.otherwise = lambda _: Answer("", 500, headers=PRODUCT)
    with pytest.raises(StorageError, match="HTTP 500"), cluster.answers("the test"):
        cluster.client.search()
