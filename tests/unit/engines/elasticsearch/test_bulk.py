"""Sending many actions to a node that answers as it is told."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from cbir.engines.elasticsearch.bulk import Action, Bulk, End, Kind, Outcome
from cbir.errors import NotFoundError, StorageError, StorageFullError, UnavailableError, WriterBusyError

from .fake_node import LOST, WELL, Answer

CONFLICT = {"type": "version_conflict_engine_exception", "reason": "[1]: version conflict"}
BUSY = {"type": "es_rejected_execution_exception", "reason": "rejected execution of coordinating operation"}
FULL = {
    "type": "cluster_block_exception",
    "reason": "index [cbir-photos+000001] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage"
    " watermark, index has read-only-allow-delete block];",
}
REBUILT = {
    "type": "cluster_block_exception",
    "reason": "index [cbir-photos+000001] blocked by: [FORBIDDEN/8/index write (api)];",
}
GONE = {"type": "index_not_found_exception", "reason": "no such alias", "index": "cbir-photos"}
REFUSED = {"type": "document_parsing_exception", "reason": "[1:9] failed to parse field [width]"}


def creation(image: str, size: int = 10) -> Action:
    return Action(Kind.CREATE, image, b'{"x":"' + b"a" * (size - 8) + b'"}')


def images_of(request) -> list[str]:
    return [next(iter(line.values()))["_id"] for line in request.body if next(iter(line)) in ("create", "delete")]


def item(status: int = 201, error: dict | None = None, result: str = "created") -> dict:
    outcome = {"status": status, "error": error} if error else {"status": status, "result": result}
    return {"create": outcome}


def answered(*items: dict) -> Answer:
    return Answer({"items": list(items)})


def all_created(request) -> Answer:
    return answered(*(item() for _ in images_of(request))) if request.method == "PUT" else WELL


@pytest.fixture
def node(make_node):
    return make_node(otherwise=all_created)


@pytest.fixture
def bulk(node, connect_to):
    """`bulk(...)` sends to the collection 'photos', and waits only a little between attempts."""
    cluster = connect_to(node.url, timeout=2)
    node.requests.clear()
    return lambda **options: Bulk(cluster, "photos", pause=lambda _: time.sleep(0.02), **options)


def ends(outcomes) -> list[tuple[str, End, bool]]:
    return [(one.id, one.end, one.uncertain) for one in outcomes]


def test_actions_are_lines_for_the_alias_alone(node, bulk):
    node.first = [answered(*(item() for _ in range(4)))]
    actions = [
        Action(Kind.CREATE, "a", b'{"x":1}'),
        Action(Kind.INDEX, "b", b'{"x":2}', (7, 2)),
        Action(Kind.UPDATE, "c", b'{"doc":{"x":3}}', (0, 1)),
        Action(Kind.DELETE, "d"),
    ]
    assert list(bulk().send(actions)) == [Outcome(one, End.DONE) for one in "abcd"]
    (request,) = node.requests
    assert request.body == [
        {"create": {"_id": "a"}},
        {"x": 1},
        {"index": {"_id": "b", "if_seq_no": 7, "if_primary_term": 2}},
        {"x": 2},
        {"update": {"_id": "c", "if_seq_no": 0, "if_primary_term": 1}},
        {"doc": {"x": 3}},
        {"delete": {"_id": "d"}},
    ]
    url = urlsplit(request.path)
    assert url.path == "/cbir-photos/_bulk"
    assert parse_qs(url.query)["require_alias"] == ["true"]


def test_how_actions_end(node, bulk):
    node.first = [
        answered(
            item(),
            item(404, result="not_found"),
            item(409, CONFLICT),
            item(404, {"type": "document_missing_exception", "reason": "[4]: document missing"}),
        )
    ]
    outcomes = list(bulk().send(map(creation, "1234")))
    assert [one.end for one in outcomes] == [End.DONE, End.MISSING, End.CONFLICT, End.MISSING]
    assert not any(one.uncertain for one in outcomes)


def test_no_actions_no_request(node, bulk):
    assert list(bulk().send([])) == []
    assert node.requests == []


class TestSize:
    def test_requests_are_cut_by_bytes_and_outcomes_keep_their_order(self, node, bulk):
        outcomes = list(bulk(chunk_bytes=100).send(creation(str(n), 40) for n in range(7)))
        assert [one.id for one in outcomes] == [str(n) for n in range(7)]
        assert sorted(images_of(request) for request in node.requests) == [["0", "1"], ["2", "3"], ["4", "5"], ["6"]]

    def test_an_action_larger_than_a_request_goes_alone(self, node, bulk):
        list(bulk(chunk_bytes=100).send([creation("1"), creation("2", 500), creation("3")]))
        assert sorted(images_of(request) for request in node.requests) == [["1"], ["2"], ["3"]]

    def test_actions_are_drawn_as_they_are_sent(self, node, bulk):
        drawn = []

        def actions():
            for number in range(1000):
                drawn.append(number)
                yield creation(str(number), 40)

        outcomes = bulk(chunk_bytes=100, in_flight=2).send(actions())
        next(outcomes)
        assert len(drawn) <= 2 * 3 + 1

    def test_a_request_that_is_too_large_is_halved_until_it_is_not(self, node, bulk):
        too_large = Answer("", status=413)
        node.otherwise = lambda request: too_large if len(images_of(request)) > 2 else all_created(request)
        outcomes = list(bulk().send(map(creation, "12345")))
        assert ends(outcomes) == [(one, End.DONE, False) for one in "12345"]

    def test_an_image_that_alone_is_too_large_is_named(self, node, bulk):
        node.otherwise = lambda _: Answer("", status=413)
        with pytest.raises(StorageError, match=r"[iI]mage 1 \(10 bytes\) of the collection 'photos'"):
            list(bulk().send([creation("1")]))


class TestTryingAgain:
    @pytest.mark.parametrize("status", [429, 502, 503, 504])
    def test_only_the_items_that_were_turned_away_are_sent_again(self, node, bulk, status):
        node.first = [answered(item(), item(status, BUSY), item(409, CONFLICT), item(status, BUSY))]
        outcomes = list(bulk().send(map(creation, "1234")))
        assert ends(outcomes) == [
            ("1", End.DONE, False),
            ("2", End.DONE, True),
            ("3", End.CONFLICT, False),
            ("4", End.DONE, True),
        ]
        assert [images_of(request) for request in node.requests] == [["1", "2", "3", "4"], ["2", "4"]]

    @pytest.mark.parametrize(
        "failure",
        [LOST, *(Answer({"error": BUSY | {"root_cause": []}, "status": s}, status=s) for s in (429, 502, 503, 504))],
        ids=["lost", "429", "502", "503", "504"],
    )
    def test_a_request_that_failed_is_sent_again_and_its_conflicts_may_be_with_itself(self, node, bulk, failure):
        node.first = [failure, failure, answered(item(409, CONFLICT), item())]
        outcomes = list(bulk().send(map(creation, "12")))
        assert ends(outcomes) == [("1", End.CONFLICT, True), ("2", End.DONE, True)]
        assert [images_of(request) for request in node.requests] == [["1", "2"]] * 3

    def test_a_cluster_that_stays_busy_is_given_up(self, node, bulk):
        node.otherwise = lambda request: answered(*(item(429, BUSY) for _ in images_of(request)))
        with pytest.raises(UnavailableError, match="too busy"):
            list(bulk().send(map(creation, "12")))

    def test_a_cluster_that_went_away_is_given_up(self, node, bulk):
        node.otherwise = lambda _: LOST
        with pytest.raises(UnavailableError, match="photos"):
            list(bulk().send(map(creation, "12")))

    def test_a_cluster_that_does_not_answer_is_given_up(self, node, bulk):
        node.silent = True
        with pytest.raises(UnavailableError, match="within 2 s"):
            list(bulk().send(map(creation, "12")))


class TestNotTryingAgain:
    @pytest.mark.parametrize(
        ("status", "error", "kind"),
        [
            (429, FULL, StorageFullError),
            (403, REBUILT, WriterBusyError),
            (
                404,
                {"type": "index_not_found_exception", "reason": "no such alias", "index": "cbir-photos"},
                NotFoundError,
            ),
        ],
        ids=["full", "blocked", "deleted"],
    )
    def test_what_concerns_every_image_ends_it_at_once(self, node, bulk, status, error, kind):
        node.first = [answered(item(status, error), item(status, error))]
        with pytest.raises(kind, match="photos"):
            list(bulk().send(map(creation, "12")))
        assert len(node.requests) == 1

    def test_a_full_disk_that_refuses_the_whole_request(self, node, bulk):
        node.first = [Answer({"error": FULL | {"root_cause": [FULL]}, "status": 429}, status=429)]
        with pytest.raises(StorageFullError):
            list(bulk().send(map(creation, "12")))
        assert len(node.requests) == 1

    def test_an_image_that_is_refused_is_named_and_the_others_are_stored(self, node, bulk):
        node.first = [answered(item(), item(400, REFUSED), item())]
        outcomes = list(bulk().send(map(creation, "123")))
        assert [one.end for one in outcomes] == [End.DONE, End.REFUSED, End.DONE]
        assert "mage 2 of the collection 'photos'" in str(outcomes[1].error)
        assert "failed to parse field [width]" in str(outcomes[1].error)
