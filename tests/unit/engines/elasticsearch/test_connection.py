"""Reaching a cluster: settings that cannot be, servers that are none, nodes that are away."""

import hashlib
import os
import socket
import ssl
import sys
import threading
import warnings

import pytest
from tests.unit.engines.elasticsearch.fake_node import PRODUCT, WELL, Answer, information

from cbir.engines.elasticsearch.connection import connect
from cbir.errors import AccessRefusedError, ConflictError, InvalidRequestError, UnavailableError
from cbir.settings import Settings


def settings(**values):
    return Settings(**{f"elasticsearch_{name}": value for name, value in values.items()})


@pytest.fixture
def closed_port():
    """A port at which nothing listens, and nothing will while the test runs."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


# -- settings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"url": "localhost:9200"}, "elasticsearch_url.*no http:// or https://"),
        ({"url": "ftp://localhost:9200"}, "elasticsearch_url.*no http:// or https://"),
        ({"url": "http://localhost"}, "elasticsearch_url.*no port"),
        ({"url": "http://:9200"}, "elasticsearch_url.*no host"),
        ({"url": "http://localhost:99999"}, "elasticsearch_url.*is no URL"),
        ({"url": "http://[::1:9200"}, "elasticsearch_url.*is no URL"),
        ({"url": "http://localhost:9200?pretty"}, "elasticsearch_url.*something behind"),
        ({"url": "http://a:1 http://b:2"}, "elasticsearch_url"),
        ({"url": "http://a:1,"}, "elasticsearch_url"),
        ({"url": "http://grüße:9200"}, "elasticsearch_url.*a character that no URL has"),
        ({"api_key": "a2V5", "user": "u", "password": "p"}, "elasticsearch_api_key.*user or password too"),
        ({"user": "u"}, "elasticsearch_user.*without a password"),
        ({"password": "p"}, "elasticsearch_password.*without a user"),
        ({"api_key": "id:secret"}, "elasticsearch_api_key.*encoded"),
        ({"api_key": "two words"}, "elasticsearch_api_key.*encoded"),
        ({"api_key": "line\nbreak"}, "elasticsearch_api_key.*encoded"),
        ({"url": "https://a:1", "fingerprint": "ab" * 20}, "elasticsearch_fingerprint.*40 characters in place of 64"),
        ({"url": "https://a:1", "fingerprint": "xy" * 32}, "elasticsearch_fingerprint"),
        ({"fingerprint": "ab" * 32}, "elasticsearch_fingerprint.*not be encrypted"),
        ({"url": "https://a:1,http://b:2", "fingerprint": "ab" * 32}, "elasticsearch_fingerprint.*http://b:2"),
        ({"namespace": "Lab"}, "elasticsearch_namespace"),
    ],
)
def test_a_setting_without_meaning_is_named_with_the_remedy(values, message):
    with pytest.raises(InvalidRequestError, match=message) as caught:
        connect(settings(**values))
    assert caught.value.remedy


def test_a_password_in_the_url_is_refused_and_not_repeated():
    with pytest.raises(InvalidRequestError, match="elasticsearch_user") as caught:
        connect(settings(url="https://me:geheim@localhost:9200"))
    assert "geheim" not in str(caught.value)


def test_an_authority_that_is_no_certificate_is_refused(tmp_path):
    nowhere, letter = tmp_path / "none.crt", tmp_path / "letter.txt"
    letter.write_text("Dear cluster")
    for path, message in ((nowhere, "cannot be read"), (letter, "without a PEM certificate"), (tmp_path, "elastic")):
        with pytest.raises(InvalidRequestError, match=message) as caught:
            connect(settings(url="https://localhost:9200", ca=str(path)))
        assert "'elasticsearch_ca'" in str(caught.value)
        assert str(path) in str(caught.value)


def test_an_authority_and_a_fingerprint_are_one_too_many(certificates):
    both = {"ca": str(certificates.ca), "fingerprint": certificates.fingerprint}
    with pytest.raises(InvalidRequestError, match="Give one of them"):
        connect(settings(url="https://localhost:9200", **both))


def test_secrets_are_in_no_text_of_the_connection(node, connect_to):
    assert "Z2VoZWlt" not in repr(connect_to(node.url, api_key="Z2VoZWlt"))
    assert "geheim" not in repr(connect_to(node.url, user="me", password="geheim"))


# -- what is sent --------------------------------------------------------------------------------------


def test_an_api_key_is_sent(node, connect_to):
    connect_to(node.url, api_key="aWQ6a2V5")
    assert node.requests[0].headers["authorization"] == "ApiKey aWQ6a2V5"


def test_a_user_is_sent(node, connect_to):
    connect_to(node.url, user="Aladdin", password="open sesame")
    assert node.requests[0].headers["authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="  # RFC 7617's example


def test_a_prefix_of_the_path_is_kept_and_a_slash_at_the_end_is_not(node, connect_to):
    connect_to(node.url + "/search/").client.search(index="a")
    assert [request.path for request in node.requests] == ["/search/", "/search/a/_search"]


def test_what_was_set_is_known_of_the_connection(node, connect_to):
    cluster = connect_to(node.url, shards=3, namespace="lab", timeout=7)
    assert (cluster.shards, cluster.names.prefix, cluster.timeout) == (3, "cbir=lab-", 7.0)
    assert cluster.version == (9, 4, 3)


def test_the_server_gives_up_waiting_before_we_do(node, connect_to):
    assert connect_to(node.url, timeout=10).patience == "8000ms"


def test_remarks_of_the_server_are_no_warnings(node, connect_to):
    remark = '299 Elasticsearch-9.4.3-45f6a06 "this is deprecated"'
    node.otherwise = lambda _: Answer(WELL.body, headers={**PRODUCT, "Warning": remark})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        connect_to(node.url).client.info()


# -- versions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["9.3.0", "9.4.3", "9.10.0", "9.5.0-SNAPSHOT"])
def test_a_version_that_fits_is_taken(node, connect_to, number):
    node.otherwise = lambda _: Answer(information(number))
    assert connect_to(node.url).version[0] == 9


@pytest.mark.parametrize(
    ("number", "remedy"),
    [("8.19.0", "Upgrade the cluster"), ("9.2.9", "Upgrade the cluster"), ("10.0.0", "Upgrade this program")],
)
def test_a_version_that_does_not_fit_is_named(node, connect_to, number, remedy):
    node.otherwise = lambda _: Answer(information(number))
    with pytest.raises(ConflictError, match=f"runs Elasticsearch {number}; this program needs 9.3") as caught:
        connect_to(node.url)
    assert remedy in caught.value.remedy


def test_a_server_of_an_earlier_major_version_refuses_the_media_type(node, connect_to):
    reason = {
        "type": "media_type_header_exception",
        "reason": "Invalid media-type value on headers [Accept]",
        "caused_by": {
            "type": "status_exception",
            "reason": "Accept version must be either version 8 or 7, but found 9. "
            "Accept=application/vnd.elasticsearch+json; compatible-with=9",
        },
    }
    node.otherwise = lambda _: Answer({"error": {"root_cause": [reason], **reason}, "status": 400}, status=400)
    with pytest.raises(ConflictError, match="another major version"):
        connect_to(node.url)


# -- what is no Elasticsearch --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        Answer(information("9.4.3"), headers={}),
        Answer({"name": "n1", "version": {"distribution": "opensearch", "number": "3.1.0"}}, headers={}),
        Answer("<html>It works!</html>", headers={}, media_type="text/html"),
        Answer("<html>Not Found</html>", status=404, headers={}, media_type="text/html"),
        Answer("<html>Bad Request</html>", status=400, headers={}, media_type="text/html"),
        Answer("{", headers={}, media_type="application/json"),
        Answer("", headers={}, media_type="text/plain"),
    ],
    ids=["no name", "OpenSearch", "a page", "no page", "a refusal", "half a JSON", "nothing"],
)
def test_another_server_is_recognised(node, connect_to, answer):
    node.otherwise = lambda _: answer
    with pytest.raises(UnavailableError, match=f"what answers at {node.url} is not Elasticsearch") as caught:
        connect_to(node.url)
    assert "'elasticsearch_url'" in caught.value.remedy


def test_a_proxy_without_its_cluster_is_recognised(node, connect_to):
    node.otherwise = lambda _: Answer("<html>", status=502, headers={}, media_type="text/html")
    with pytest.raises(UnavailableError, match=r"a proxy at .* does not reach the cluster"):
        connect_to(node.url)


def test_a_server_that_speaks_something_else_is_recognised(connect_to):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet():
            while True:
                try:
                    with listener.accept()[0] as client:
                        client.sendall(b"220 mail.example.org ESMTP\r\n")
                except OSError:
                    return

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        with pytest.raises(UnavailableError, match="Connecting"):
            connect_to(f"http://127.0.0.1:{listener.getsockname()[1]}")
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_a_closed_port_is_named(connect_to, closed_port):
    with pytest.raises(UnavailableError, match=f"nothing listens at http://127.0.0.1:{closed_port}") as caught:
        connect_to(f"http://127.0.0.1:{closed_port}")
    assert "Is it running?" in caught.value.remedy


def test_a_host_without_an_address_is_named(connect_to):
    with pytest.raises(UnavailableError, match=r"a host in http://no-such-host\.invalid:9200 has no address"):
        connect_to("http://no-such-host.invalid:9200")


# -- certificates --------------------------------------------------------------------------------------


def leaf_fingerprint(certificates):
    der = ssl.PEM_cert_to_DER_cert(
        certificates.certificate.read_text().split("-----END")[0] + "-----END CERTIFICATE-----\n"
    )
    return hashlib.sha256(der).hexdigest()


def test_a_certificate_is_trusted_by_its_authority_or_a_fingerprint(make_node, connect_to, certificates):
    node = make_node(certificates)
    colons = ":".join(certificates.fingerprint[i : i + 2].upper() for i in range(0, 64, 2))
    for trust in (
        {"ca": str(certificates.ca)},
        {"fingerprint": certificates.fingerprint},
        {"fingerprint": colons},
        {"fingerprint": leaf_fingerprint(certificates)},
    ):
        assert connect_to(node.url, **trust).version == (9, 4, 3)


def test_a_fingerprint_makes_an_expired_certificate_no_matter(make_node, connect_to, expired):
    assert connect_to(make_node(expired).url, fingerprint=expired.fingerprint).version == (9, 4, 3)


def test_an_unknown_authority_is_named(make_node, connect_to, certificates, expired):
    node = make_node(certificates)
    for trust in ({}, {"ca": str(expired.ca)}):
        with pytest.raises(AccessRefusedError, match="authority that is not trusted here") as caught:
            connect_to(node.url, **trust)
        assert "'elasticsearch_ca'" in caught.value.remedy


def test_an_expired_certificate_is_named(make_node, connect_to, expired):
    with pytest.raises(AccessRefusedError, match="has expired") as caught:
        connect_to(make_node(expired).url, ca=str(expired.ca))
    assert "Renew" in caught.value.remedy


def test_another_fingerprint_is_named(make_node, connect_to, certificates):
    with pytest.raises(AccessRefusedError, match="not the one of 'elasticsearch_fingerprint'"):
        connect_to(make_node(certificates).url, fingerprint="ab" * 32)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux listens on all of 127.0.0.0/8")
def test_a_certificate_for_another_host_is_named(connect_to, certificates, make_node):
    node = make_node(certificates, host="127.0.0.2")
    with pytest.raises(AccessRefusedError, match="is for another host name") as caught:
        connect_to(f"https://127.0.0.2:{node.port}", ca=str(certificates.ca))
    assert "'elasticsearch_url'" in caught.value.remedy


def test_tls_where_there_is_none_is_named(node, connect_to):
    with pytest.raises(UnavailableError, match="does not speak TLS") as caught:
        connect_to(node.url.replace("http:", "https:"))
    assert "write http://" in caught.value.remedy


def test_no_tls_where_there_is_one_is_named(make_node, connect_to, certificates):
    node = make_node(certificates)
    with pytest.raises(UnavailableError, match="without an answer") as caught:
        connect_to(node.url.replace("https:", "http:"))
    assert "write https://" in caught.value.remedy


# -- nodes that are away -------------------------------------------------------------------------------


def test_a_node_that_is_down_is_passed_over(make_node, connect_to, closed_port):
    nodes = [make_node(), make_node()]
    cluster = connect_to(f"http://127.0.0.1:{closed_port}", *(node.url for node in nodes))
    for _ in range(6):
        cluster.client.info()
    assert min(len(node.requests) for node in nodes) > 1


def test_a_node_that_goes_down_is_passed_over_and_used_again_when_it_is_back(make_node, connect_to):
    nodes = [make_node(), make_node()]
    cluster = connect_to(*(node.url for node in nodes))
    nodes[0].otherwise = lambda _: Answer("", status=503)
    for _ in range(4):
        cluster.client.info()
    nodes[0].otherwise = lambda _: WELL
    nodes[1].otherwise = lambda _: Answer("", status=503)
    cluster.client.info()


def test_a_machine_that_is_off_is_passed_over(node, connect_to):
    """A listener whose queue is full takes no connection, as a machine that is off."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        cluster = connect_to(f"http://127.0.0.1:{listener.getsockname()[1]}", node.url, timeout=4)
        for _ in range(3):
            cluster.client.info()
        for one in waiting:
            one.close()


def test_no_node_answers_and_the_time_of_one_answer_is_all_that_is_spent(make_node, connect_to):
    nodes = [make_node(silent=True) for _ in range(3)]
    with pytest.raises(UnavailableError, match="did not answer within 1 s") as caught:
        connect_to(*(node.url for node in nodes), timeout=1)
    assert "'elasticsearch_timeout'" in caught.value.remedy
    assert sum(len(node.requests) for node in nodes) == 1


def test_a_call_with_a_time_of_its_own_has_that(make_node, connect_to):
    node = make_node()
    cluster = connect_to(node.url, timeout=500)
    node.silent = True
    with pytest.raises(UnavailableError), cluster.answers("the test"):
        cluster.client.options(request_timeout=0.3).info()


def test_what_cannot_answer_now_is_asked_again(node, connect_to):
    node.first = [Answer("", status=503), Answer("", status=504)]
    connect_to(node.url)
    assert len(node.requests) == 3


def test_what_a_node_answered_counts_more_than_that_the_next_attempt_got_no_answer(node, connect_to):
    cluster = connect_to(node.url, timeout=1)
    refusal = {"error": {"type": "master_not_discovered_exception", "reason": None}, "status": 503}

    def once(_):
        node.silent = len(node.requests) > 2
        return Answer(refusal, 503)

    node.otherwise = once
    with pytest.raises(UnavailableError, match="has no master"), cluster.answers("searching"):
        cluster.client.search()
    assert len(node.requests) == 3


def test_a_refusal_for_want_of_room_or_time_is_not_repeated(node, connect_to):
    cluster = connect_to(node.url)
    node.first = [
        Answer({"error": {"type": "search_timeout_exception", "reason": "Time exceeded"}, "status": 429}, 429)
    ]
    with pytest.raises(UnavailableError, match="in time"), cluster.answers("searching"):
        cluster.client.search()
    assert len(node.requests) == 2


@pytest.mark.skipif(os.name != "posix", reason="descriptors are counted in /dev/fd")
def test_a_refused_server_leaves_no_connection_open(node, connect_to):
    node.otherwise = lambda _: Answer(information("8.19.0"))
    before = len(os.listdir("/dev/fd"))
    for _ in range(3):
        with pytest.raises(ConflictError):
            connect_to(node.url)
    assert len(os.listdir("/dev/fd")) <= before + 1  # the node's last end may still be open
