"""Messages arrive whole or are refused; nothing that arrives makes the receiver take memory or fall."""

import json
import socket
import struct

import numpy as np
import pytest

from cbir.describing import wire
from cbir.describing.wire import BrokenMessageError, Message


@pytest.fixture
def pair():
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def frame(header, array=b"", magic=wire.MAGIC):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return magic + struct.pack("<I", len(text)) + text + array


@pytest.mark.parametrize(
    "array",
    [
        None,
        np.arange(24, dtype=np.uint8).reshape(2, 4, 3),
        np.linspace(-1, 1, 7, dtype=np.float32),
        np.array([np.nan, np.inf, -0.0], np.float32),
        np.zeros(0, np.uint8),
        np.arange(60, dtype=np.uint8).reshape(4, 5, 3)[::2, ::-1],
    ],
    ids=["none", "picture", "descriptor", "special values", "empty", "cut out of another"],
)
def test_a_message_arrives_as_it_was_sent(pair, array):
    before = None if array is None else array.copy()
    wire.send(pair[0], Message({"word": "Zürich \udce9", "list": [1, None]}, array))
    arrived = wire.receive(pair[1], wait_s=5)
    assert arrived.body == {"word": "Zürich \udce9", "list": [1, None]}
    if array is None:
        assert arrived.array is None
    else:
        assert arrived.array.dtype == array.dtype
        assert arrived.array.shape == array.shape
        assert arrived.array.tobytes() == before.tobytes() == array.tobytes()


def test_several_messages_on_one_connection_stay_apart(pair):
    for number in range(3):
        wire.send(pair[0], Message({"number": number}, np.full(number, number, np.uint8)))
    arrived = [wire.receive(pair[1], wait_s=5) for _ in range(3)]
    assert [(one.body["number"], one.array.tolist()) for one in arrived] == [(0, []), (1, [1]), (2, [2, 2])]


def test_the_end_of_a_connection_between_messages_is_no_failure(pair):
    wire.send(pair[0], Message({}))
    pair[0].close()
    assert wire.receive(pair[1], wait_s=5) == Message({})
    assert wire.receive(pair[1], wait_s=5) is None


def test_a_message_that_is_cut_anywhere_is_refused():
    whole = frame({"body": {}, "array": {"dtype": "float32", "shape": [3]}}, bytes(12))
    for length in range(1, len(whole)):
        left, right = socket.socketpair()
        with right:
            with left:
                left.sendall(whole[:length])
            with pytest.raises(BrokenMessageError):
                wire.receive(right, wait_s=5)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
        frame({"body": {}, "array": None}, magic=b"cbr0"),
        wire.MAGIC + struct.pack("<I", wire.MAX_HEADER + 1),
        frame(b""),
        frame(b"\xff\xfe"),
        frame(b"{"),
        frame(b"[" * 60_000),
        frame(b"[]"),
        frame(b"null"),
        frame({"body": {}}),
        frame({"body": [], "array": None}),
        frame({"body": {}, "array": []}),
        *(
            frame({"body": {}, "array": {"dtype": dtype, "shape": shape}})
            for dtype, shape in [
                ("object", [1]),
                ("O", [1]),
                (["uint8"], [1]),
                ("uint8", [-1]),
                ("uint8", [True]),
                ("uint8", [1.0]),
                ("uint8", "12"),
                ("uint8", {}),
                ("uint8", None),
                ("uint8", 3),
                ("uint8", [1, 1, 1, 1]),
                ("uint8", [wire.MAX_ARRAY + 1]),
                ("float32", [wire.MAX_ARRAY // 4 + 1]),
                ("uint8", [2**40, 2**40, 2**40]),
                ("uint8", [2**63, 0]),
            ]
        ),
    ],
    ids=lambda data: repr(data[:60]),
)
def test_what_is_no_message_is_refused_at_once(pair, data):
    """The connection stays open, so a receiver that believed the header would wait for the rest."""
    pair[0].sendall(data)
    with pytest.raises(BrokenMessageError):
        wire.receive(pair[1], wait_s=5)


def test_a_message_that_does_not_come_or_go_on_is_a_time_out(pair, monkeypatch):
    with pytest.raises(TimeoutError):
        wire.receive(pair[1], wait_s=0.01)
    monkeypatch.setattr(wire, "PATIENCE_S", 0.01)
    pair[0].sendall(wire.MAGIC)
    with pytest.raises(TimeoutError):
        wire.receive(pair[1], wait_s=5)
    with pytest.raises(TimeoutError):
        wire.send(pair[0], Message({}, np.zeros(1 << 24, np.uint8)))
