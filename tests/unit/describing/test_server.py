"""The describer answers whoever asks well, refuses what is hostile, and is one for each data folder."""

import contextlib
import json
import os
import socket
import stat
import struct
import tempfile
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.pictures import noise
from tests.unit.describing.conftest import serving
from tests.unit.describing.doubles import Means, NoWeights, plain

from cbir import errors
from cbir.describing import failures, place, wire
from cbir.describing import server as server_module
from cbir.describing.answers import Answers
from cbir.describing.base import LocalDescriber
from cbir.describing.batches import Batches
from cbir.describing.client import RemoteDescriber, RemoteQueries, connect
from cbir.describing.connections import MAX_IDLE, Connections
from cbir.describing.extractions import Extractions, fingerprint
from cbir.describing.local import LocalQueries
from cbir.describing.wire import Message
from cbir.errors import (
    AlreadyExistsError,
    CbirError,
    IdentityMismatchError,
    InvalidRequestError,
    NotFoundError,
    PluginError,
    StorageError,
    UnavailableError,
    UnknownNameError,
    WeightsError,
)
from cbir.extractors import EXTRACTORS
from cbir.weights.store import UnknownContentError


def picture(seed=0, width=48, height=32):
    return np.asarray(noise(seed, width, height))


@contextlib.contextmanager
def raw(settings):
    """A connection of whoever does not keep to the protocol."""
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(str(place.socket_path(settings.data_dir)))
        stream.settimeout(30)
        yield stream


def closed_by_server(stream):
    try:
        return stream.recv(1) == b""
    except ConnectionResetError:
        return True


# -- descriptors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1, 1), (48, 32), (641, 479)])
def test_descriptors_are_bit_for_bit_those_computed_here(remote, size):
    hist, image = EXTRACTORS.get("hist-basic"), picture(1, *size)
    there = remote.describe(image, hist)
    assert there.dtype == np.float32
    assert there.tobytes() == LocalDescriber(NoWeights()).describe(image, hist).tobytes()


def test_a_descriptor_is_what_the_extractor_says(remote, registered):
    assert remote.describe(plain((10, 20, 30)), registered["means"]).tolist() == [10, 20, 30]


def test_a_part_of_a_picture_is_described_and_the_callers_array_stays(remote, registered):
    image = np.concatenate([plain((1, 2, 3)), plain((9, 8, 7))], axis=1)
    before = image.copy()
    assert remote.describe(image[:, 6:], registered["means"]).tolist() == [9, 8, 7]
    assert remote.describe(image[:, ::-1][:, :6], registered["means"]).tolist() == [9, 8, 7]
    assert np.array_equal(image, before)


def test_threads_that_ask_at_once_share_passes_and_get_their_own_answers(remote, registered, settings):
    held = registered["held"]
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(remote.describe, plain((0, 0, 0)), held)
        assert held.running.wait(30)
        others = [pool.submit(remote.describe, plain((n, n, n)), held) for n in range(1, 9)]
        assert connect(settings) is not None  # whoever only greets does not wait for a pass
        held.gate.set()
        assert first.result(30).tolist() == [0, 0, 0]
        assert [one.result(30).tolist() for one in others] == [[n, n, n] for n in range(1, 9)]
    assert sum(held.passes) == 9
    assert max(held.passes) <= settings.batch_size
    assert len(held.threads) == 1


def test_a_picture_that_is_prepared_does_not_wait_in_memory(registered):
    held, batches = registered["held"], Batches(4)
    answers = Answers(Extractions(NoWeights()), batches, LocalQueries())
    identity = fingerprint(held.identity(None))
    question = Message({"ask": "describe", "extractor": "held", "identity": identity}, plain((1, 2, 3)))
    picture = weakref.ref(question.array)
    with contextlib.closing(batches), ThreadPoolExecutor(1) as pool:
        asked = pool.submit(answers.to, question)
        assert held.running.wait(30)
        assert picture() is None
        held.gate.set()
        assert asked.result(30).array.tolist() == [1, 2, 3]


# -- errors ------------------------------------------------------------------------------------------------


def test_every_error_travels_as_its_class_with_its_words():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, CbirError)]
    assert len(kinds) > 15
    for kind in kinds:
        back = failures.from_json(json.loads(json.dumps(failures.to_json(kind("what", remedy="do this")))))
        assert (type(back), back.message, back.remedy) == (kind, "what", "do this")


def test_an_error_beyond_the_tree_travels_as_the_nearest_above():
    assert type(failures.from_json(failures.to_json(UnknownContentError("other")))) is WeightsError


@pytest.mark.parametrize(
    "data", [None, [], {}, {"kind": "Exception", "message": "", "remedy": ""}, {"kind": [], "message": 1}]
)
def test_an_error_that_cannot_be_understood_is_one_all_the_same(data):
    assert isinstance(failures.from_json(data), CbirError)


def test_errors_of_extractors_come_back_as_themselves(remote, registered):
    with pytest.raises(WeightsError, match="not there") as caught:
        remote.describe(picture(), registered["weightless"])
    assert caught.value.remedy == "Fetch them."
    with pytest.raises(PluginError, match=r"'broken' failed \(ZeroDivisionError: a fault\)"):
        remote.describe(picture(), registered["broken"])
    assert remote.describe(plain((1, 1, 1)), registered["means"]).tolist() == [1, 1, 1]


def test_an_extractor_that_the_server_lacks_is_unknown(remote):
    with pytest.raises(UnknownNameError, match="'nowhere'"):
        remote.describe(picture(), Means("nowhere"))


def test_other_numbers_than_the_callers_are_an_error_not_an_answer(remote, registered):
    with pytest.raises(IdentityMismatchError, match="'means'"):
        remote.describe(picture(), Means(version=2))
    assert registered["means"].passes == []


@pytest.mark.parametrize(
    ("body", "array"),
    [
        ({}, None),
        ({"ask": None}, None),
        ({"ask": ["describe"]}, None),
        ({"ask": "__init__"}, None),
        ({"ask": "describe"}, None),
        ({"ask": "describe", "extractor": {}}, None),
        ({"ask": "describe", "extractor": "means"}, plain((0, 0, 0))),
        ({"ask": "describe", "extractor": "means", "identity": "right"}, None),
        ({"ask": "describe", "extractor": "means", "identity": "right"}, np.zeros((0, 4, 3), np.uint8)),
        ({"ask": "describe", "extractor": "means", "identity": "right"}, np.zeros((4, 4, 4), np.uint8)),
        ({"ask": "describe", "extractor": "means", "identity": "right"}, np.zeros((4, 4), np.uint8)),
        ({"ask": "describe", "extractor": "means", "identity": "right"}, np.zeros((4, 4, 3), np.float32)),
        ({"ask": "put"}, None),
        ({"ask": "put"}, np.zeros(3, np.float32)),
        ({"ask": "data"}, None),
        ({"ask": "descriptor", "token": 1, "key": "a"}, None),
        ({"ask": "keep", "token": "a", "key": "a"}, np.zeros((2, 2), np.float32)),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_and_the_connection_stays(
    settings, remote, registered, body, array
):
    if body.get("identity") == "right":
        body = body | {"identity": fingerprint(registered["means"].identity(None))}
    with raw(settings) as stream:
        wire.send(stream, Message(body, array))
        answer = wire.receive(stream, wait_s=30)
        assert answer.body["error"]["kind"] == InvalidRequestError.__name__
        wire.send(stream, Message({"ask": "greet"}))
        assert wire.receive(stream, wait_s=30) == Message({})
    assert registered["means"].passes == []


def test_an_answer_that_comes_too_late_is_not_taken_for_another(settings, server, registered):
    def question(name, colour):
        identity = fingerprint(registered[name].identity(None))
        return Message({"ask": "describe", "extractor": name, "identity": identity}, plain(colour))

    connections = Connections(settings.data_dir, answer_s=0.05)
    with pytest.raises(UnavailableError, match="does not answer in time"):
        connections.ask(question("held", (1, 1, 1)))
    registered["held"].gate.set()
    answer = connections.ask(question("means", (2, 2, 2)), wait_s=30)
    assert answer.array.tolist() == [2, 2, 2]
    connections.close()


def test_a_bounded_number_of_connections_is_kept(settings):
    connections = Connections(settings.data_dir)
    streams = [socket.socket(socket.AF_UNIX) for _ in range(MAX_IDLE + 2)]
    for stream in streams:
        connections._keep(stream)
    assert [stream.fileno() < 0 for stream in streams] == [False] * MAX_IDLE + [True] * 2
    connections.close()
    assert all(stream.fileno() < 0 for stream in streams)


# -- hostile connections -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        os.urandom(1000),
        wire.MAGIC + struct.pack("<I", 2**32 - 1) + bytes(100),
        wire.MAGIC + struct.pack("<I", 3) + b"{}}",
        wire.MAGIC + struct.pack("<I", 60_000) + b"[" * 60_000,
    ],
    ids=["another protocol", "random", "too long a header", "no JSON", "deep JSON"],
)
def test_garbage_closes_its_own_connection_only(settings, remote, registered, data):
    with raw(settings) as stream:
        stream.sendall(data)
        assert closed_by_server(stream)
    assert remote.describe(plain((1, 2, 3)), registered["means"]).tolist() == [1, 2, 3]


def test_an_array_over_the_bound_is_refused_before_it_is_sent(settings, remote, registered):
    header = json.dumps({"body": {"ask": "put"}, "array": {"dtype": "uint8", "shape": [wire.MAX_ARRAY + 1]}}).encode()
    with raw(settings) as stream:
        stream.sendall(wire.MAGIC + struct.pack("<I", len(header)) + header)
        assert closed_by_server(stream)
    assert remote.describe(plain((1, 2, 3)), registered["means"]).tolist() == [1, 2, 3]


def test_a_connection_cut_within_a_message_ends_alone(settings, remote, registered):
    header = json.dumps({"body": {"ask": "put"}, "array": {"dtype": "uint8", "shape": [1000]}}).encode()
    whole = wire.MAGIC + struct.pack("<I", len(header)) + header + bytes(999)
    for length in (1, 7, 20, len(whole)):
        with raw(settings) as stream:
            stream.sendall(whole[:length])
    assert remote.describe(plain((1, 2, 3)), registered["means"]).tolist() == [1, 2, 3]


def test_whoever_begins_a_message_and_stops_is_cut_off(settings, remote, monkeypatch):
    monkeypatch.setattr(wire, "PATIENCE_S", 0.05)
    with raw(settings) as stream:
        stream.sendall(wire.MAGIC)
        assert closed_by_server(stream)


def test_whoever_leaves_before_the_answer_does_no_harm(settings, remote, registered):
    held = registered["held"]
    with raw(settings) as stream:
        identity = fingerprint(held.identity(None))
        wire.send(stream, Message({"ask": "describe", "extractor": "held", "identity": identity}, plain((1, 1, 1))))
        assert held.running.wait(30)
    held.gate.set()
    assert remote.describe(plain((1, 2, 3)), held).tolist() == [1, 2, 3]


def test_more_connections_than_allowed_are_closed(settings, server, monkeypatch):
    while any(thread.is_alive() for thread in server._threads):
        time.sleep(0.01)  # of the connection that waited until the server was there
    monkeypatch.setattr(server_module, "MAX_CONNECTIONS", 2)
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(raw(settings)) for _ in range(2)]
        for stream in streams:
            wire.send(stream, Message({"ask": "greet"}))
            assert wire.receive(stream, wait_s=30) == Message({})
        with raw(settings) as third:
            assert closed_by_server(third)


# -- queries -----------------------------------------------------------------------------------------------


def test_a_query_of_one_process_is_known_to_another(settings, server):
    one, two = RemoteQueries(settings), RemoteQueries(settings)
    token = one.put(b"\x00picture\xff")
    assert two.data(token) == b"\x00picture\xff"
    assert two.descriptor(token, "key") is None
    two.keep(token, "key", np.array([0.1, 2, -0.0], np.float64))
    assert one.descriptor(token, "key").tobytes() == np.array([0.1, 2, -0.0], np.float32).tobytes()
    with pytest.raises(NotFoundError):
        one.data("another")
    assert one.data(one.put(b"")) == b""
    for queries in (one, two):
        queries.connections.close()


def test_the_bounds_of_queries_hold_for_those_who_ask_from_outside(settings, registered):
    now = [0.0]
    with serving(settings, queries=LocalQueries(10_000, 60, clock=lambda: now[0])):
        queries = RemoteQueries(settings)
        with pytest.raises(InvalidRequestError):
            queries.put(bytes(20_000))
        first, second = queries.put(bytes(6000)), queries.put(bytes(6000))
        with pytest.raises(NotFoundError):
            queries.data(first)
        now[0] = 60.0
        with pytest.raises(NotFoundError):
            queries.data(second)
        queries.connections.close()


# -- the place ---------------------------------------------------------------------------------------------


def modes(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_else_can_reach_the_socket(settings, server):
    path = place.socket_path(settings.data_dir)
    assert path == settings.data_dir / "run" / "describer.sock"
    assert (modes(path), modes(path.parent)) == (0o600, 0o700)


def test_a_run_folder_that_others_could_enter_is_closed(settings, registered):
    folder = settings.data_dir / "run"
    folder.mkdir(parents=True, mode=0o755)
    with serving(settings):
        assert modes(folder) == 0o700


def test_a_second_one_for_the_same_data_folder_is_refused_and_the_first_stays(settings, remote, registered):
    with pytest.raises(AlreadyExistsError, match=f"pid {os.getpid()}"):
        server_module.DescribingServer(settings).run()
    assert remote.describe(plain((1, 2, 3)), registered["means"]).tolist() == [1, 2, 3]


def test_a_socket_that_was_left_behind_is_replaced(settings, registered):
    path = place.make_run_folder(settings.data_dir) / "describer.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert path.exists()
    assert connect(settings) is None
    with serving(settings):
        found = connect(settings, NoWeights())
        assert found.describe(plain((1, 2, 3)), registered["means"]).tolist() == [1, 2, 3]
        found.connections.close()
    assert not path.exists()
    assert connect(settings) is None


def test_where_the_path_is_too_long_the_socket_is_in_a_private_temporary_folder(settings, registered, monkeypatch):
    temporary = settings.data_dir.parent / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    far = replace(settings, data_dir=settings.data_dir / ("long" * 25))
    with serving(far):
        path = place.socket_path(far.data_dir)
        assert path.parent.parent == temporary
        assert (modes(path), modes(path.parent)) == (0o600, 0o700)
        assert len(os.fsencode(far.data_dir / "run" / "describer.sock")) > place.MAX_PATH
        found = connect(far, NoWeights())
        assert found.describe(plain((1, 2, 3)), registered["means"]).tolist() == [1, 2, 3]
        found.connections.close()
    assert list(temporary.iterdir()) == []
    assert [one.name for one in (far.data_dir / "run").iterdir()] == ["describer.lock"]


def test_where_the_data_folder_can_have_no_socket_it_is_in_a_temporary_folder(settings, registered, monkeypatch):
    temporary = settings.data_dir.parent / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    (place.make_run_folder(settings.data_dir) / "describer.sock").mkdir()
    with serving(settings):
        assert place.socket_path(settings.data_dir).parent.parent == temporary
    assert list(temporary.iterdir()) == []


def test_where_no_socket_can_be_the_failure_says_so_and_leaves_nothing(settings, monkeypatch):
    temporary = settings.data_dir.parent / ("t" * 90)
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    (place.make_run_folder(settings.data_dir) / "describer.sock").mkdir()
    with pytest.raises(StorageError) as caught:
        server_module.DescribingServer(settings).run()
    assert "TMPDIR" in caught.value.remedy
    assert list(temporary.iterdir()) == []


def test_a_temporary_folder_that_was_left_behind_is_replaced(settings, registered, monkeypatch):
    temporary = settings.data_dir.parent / "tmp"
    (temporary / "cbir-old").mkdir(parents=True)
    left = temporary / "cbir-old" / "describer.sock"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(left))
    (place.make_run_folder(settings.data_dir) / "describer.address").write_bytes(os.fsencode(left))
    with serving(settings):
        assert place.socket_path(settings.data_dir) == settings.data_dir / "run" / "describer.sock"
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"\0", b"/", b"relative", b"/" + b"x" * 5000, b"\xff\xfe"])
def test_an_address_that_is_none_leads_nowhere_and_deletes_nothing(
    settings, registered, content, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("relative").write_text("mine")
    (place.make_run_folder(settings.data_dir) / "describer.address").write_bytes(content)
    assert connect(settings) is None
    with serving(settings):
        pass
    assert Path("relative").read_text() == "mine"


def test_a_data_folder_that_is_a_file_is_a_failure_with_a_remedy(settings):
    settings.data_dir.write_text("in the way")
    assert connect(settings) is None
    with pytest.raises(StorageError) as caught:
        server_module.DescribingServer(settings).run()
    assert caught.value.remedy


def test_nothing_runs_where_there_is_no_data_folder(settings):
    assert connect(settings) is None
    assert not settings.data_dir.exists()


# -- the end -----------------------------------------------------------------------------------------------


def test_questions_under_way_are_answered_before_the_end(settings, registered):
    held = registered["held"]
    with ThreadPoolExecutor(2) as pool, serving(settings) as server:
        remote = RemoteDescriber(settings, NoWeights())
        asked = pool.submit(remote.describe, plain((5, 6, 7)), held)
        assert held.running.wait(30)
        server.stop()
        while connect(settings) is not None:
            pass
        held.gate.set()
        assert asked.result(30).tolist() == [5, 6, 7]
        remote.connections.close()


def test_an_end_before_the_beginning_counts(settings):
    server = server_module.DescribingServer(settings)
    server.stop()
    server.stop()
    server.run()
    assert not place.socket_path(settings.data_dir).exists()


def test_idle_connections_do_not_keep_it_from_ending(settings, registered):
    with serving(settings) as server, raw(settings) as stream:
        wire.send(stream, Message({"ask": "greet"}))
        assert wire.receive(stream, wait_s=30) == Message({})
        server.stop()
        assert closed_by_server(stream)


def test_no_thread_is_left(settings, registered):
    before = threading.active_count()
    with serving(settings):
        remote = RemoteDescriber(settings, NoWeights())
        remote.describe(plain((1, 2, 3)), registered["means"])
    remote.connections.close()
    assert threading.active_count() == before
