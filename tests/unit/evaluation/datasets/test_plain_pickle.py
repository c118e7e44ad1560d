"""Pickles are read, never loaded: plain data comes out, everything else is refused without effect."""

import os
import pickle
import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbir.evaluation.datasets.pickled_calls import NotPlainError
from cbir.evaluation.datasets.plain_pickle import read_plain_pickle

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=5)
        | st.tuples(inner)
        | st.tuples(inner, inner, inner, inner)
    ),
    max_leaves=20,
)


@given(PLAIN, st.sampled_from(PROTOCOLS))
def test_plain_data_come_out_as_they_went_in(data, protocol):
    assert read_plain_pickle(pickle.dumps(data, protocol)) == data


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_long_lists_and_shared_values_come_out_as_they_went_in(protocol):
    shared = ["x"] * 2500
    data = {"names": [f"all_souls_{i:06d}" for i in range(5000)], "a": shared, "b": shared}
    assert read_plain_pickle(pickle.dumps(data, protocol)) == data


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", ["<i8", ">i4", "u1", "<f8", ">f4", "i2"])
def test_numpy_arrays_become_lists(protocol, kind):
    values = [3, 1, 4, 1, 5, 9]
    data = {"some": np.array(values, kind), "none": np.array([], kind), "one": np.array(values, kind)[2]}
    assert read_plain_pickle(pickle.dumps(data, protocol)) == {"some": values, "none": [], "one": 4}


def test_a_pickle_of_python_2_is_read():
    # {'imlist': ['a'], 'bbx': numpy.array([1, 2], 'i4')} as its cPickle wrote it
    written = (
        b"\x80\x02}q\x01(U\x06imlistq\x02]q\x03U\x01aaU\x03bbxcnumpy.core.multiarray\n_reconstruct\n"
        b"cnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x02\x85cnumpy\ndtype\nU\x02i4K\x00K\x01\x87R"
        b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x08\x01\x00\x00\x00\x02\x00\x00\x00tbu."
    )
    assert read_plain_pickle(written) == {"imlist": ["a"], "bbx": [1, 2]}


class Calls:
    """What a hostile pickle asks to be called."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


class Own:
    """A class that takes state."""


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_call_is_refused_and_not_made(tmp_path, protocol):
    trace = tmp_path / "trace"
    for call in (
        Calls(os.system, f"touch {trace}"),
        Calls(eval, f"open({str(trace)!r}, 'w')"),
        Calls(os.mkdir, trace),
    ):
        with pytest.raises(NotPlainError, match="asks for"):
            read_plain_pickle(pickle.dumps({"imlist": [call]}, protocol))
    assert not trace.exists()
    assert not os.path.exists("x")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "thing",
    [Own(), Own, {1, 2}, 1j, np.array([None]), np.array(["a"]), np.zeros((2, 2)), np.ma.array([1])],
    ids=["object", "class", "set", "complex", "objects", "texts", "matrix", "masked"],
)
def test_what_is_no_plain_data_is_refused(protocol, thing):
    with pytest.raises(NotPlainError):
        read_plain_pickle(pickle.dumps([thing], protocol))


NUMPY_CALLED = b"cnumpy\nndarray\n(K\x05tR."
CALLED_LATER = b"c_codecs\nencode\n(Vevil\nVrot13\ntR."
BYTES_OF_A_SIZE = b"c__builtin__\nbytes\nJ\x00\x00\x00\x7f\x85R."


@pytest.mark.parametrize(
    "data",
    [
        NUMPY_CALLED,
        CALLED_LATER,
        BYTES_OF_A_SIZE,
        b"cos\nsystem\n(S'true'\ntR.",
        b"(S'true'\nios\nsystem\n.",
        b"\x80\x02Pid\n.",
        b"\x80\x02\x82\x01.",
        b"(S'true'\ncos\nsystem\no.",
        b"}(]K\x01u.",
    ],
    ids=["ndarray", "codec", "bytes", "global", "inst", "persistent", "extension", "obj", "list as key"],
)
def test_instructions_by_hand_are_refused(data):
    with pytest.raises(NotPlainError):
        read_plain_pickle(data)


def test_deep_nesting_is_refused():
    for data in (
        b"]" * 100_000 + b"a" * 99_999 + b".",
        b"(" * 100_000 + b"l" * 100_000 + b".",
        b"N" + b"\x85" * 50 + b".",
    ):
        with pytest.raises(NotPlainError, match=r"nested too deeply|built too high"):
            read_plain_pickle(data)


def test_a_list_within_itself_is_refused():
    with pytest.raises(NotPlainError, match="nested too deeply"):
        read_plain_pickle(b"]q\x00h\x00a.")


def test_a_list_of_lists_of_the_same_list_costs_nothing():
    doubled = b"]" + b"".join(b"q" + bytes([i]) + b"]h" + bytes([i]) + b"ah" + bytes([i]) + b"a" for i in range(60))
    with pytest.raises(NotPlainError):
        read_plain_pickle(doubled + b".")


def test_a_memo_of_enormous_numbers_costs_nothing():
    data = b"]" + b"".join(b"r" + struct.pack("<I", 0xFFFFFFFF - i) for i in range(1000)) + b"."
    assert read_plain_pickle(data) == []


def test_an_array_made_again_and_again_is_refused():
    data = (
        b"\x80\x04C\x00"
        b"B"
        + struct.pack("<I", 1 << 20)
        + b"\0" * (1 << 20)
        + b"\x94("
        + (
            b"cnumpy.core.numeric\n_frombuffer\n(h\x00cnumpy\ndtype\nVu1\n\x85RJ\x00\x00\x10\x00\x85VC\ntR" * 10
            + b"l."
        )
    )
    with pytest.raises(NotPlainError, match="too large"):
        read_plain_pickle(data)


@given(st.binary(max_size=60))
def test_noise_is_refused_or_read(noise):
    with suppress(NotPlainError):
        read_plain_pickle(noise)


@given(st.data())
def test_a_pickle_with_bytes_changed_is_refused_or_read(data):
    written = bytearray(pickle.dumps({"imlist": ["a", "b"], "gnd": [{"easy": np.arange(3), "bbx": [1.5, 2]}]}, 2))
    for _ in range(data.draw(st.integers(1, 4))):
        written[data.draw(st.integers(0, len(written) - 1))] = data.draw(st.integers(0, 255))
    with suppress(NotPlainError):
        read_plain_pickle(bytes(written))


def test_text_with_an_unknown_escape_is_read_without_a_warning():
    """As protocol 0 writes it: the backslash stays, as in Python's own reader."""
    assert read_plain_pickle(b"S'a\\ub'\n.") == "a\\ub"
