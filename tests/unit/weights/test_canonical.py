from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from tests.unit.weights.samples import CONV_SHAPES, random_tensors

from cbir.errors import WeightsError
from cbir.weights.canonical import canonical, digest_of, entries_of, map_tensors, read_header, write_set


@given(arrays(np.float32, array_shapes(min_dims=0, max_dims=4, max_side=5)))
def test_any_layout_in_memory_has_one_canonical_form(array: np.ndarray) -> None:
    plain = canonical(array)
    for other in (np.asfortranarray(array), array.astype(">f4"), array.T.copy().T):
        assert canonical(other).tobytes() == plain.tobytes()
    assert plain.dtype == np.dtype("<f4")
    assert plain.flags.c_contiguous


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text("abc/_0", min_size=1), arrays(np.float32, array_shapes(max_dims=4, max_side=4))))
def test_what_is_written_is_mapped_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, tensors: dict[str, np.ndarray]
) -> None:
    path = tmp_path_factory.mktemp("set") / "set.safetensors"
    write_set(path, tensors, {"source": "here"})
    mapped = map_tensors(read_header(path))
    assert list(mapped) == list(tensors)
    for name, tensor in tensors.items():
        assert mapped[name].shape == tensor.shape
        assert mapped[name].tobytes() == tensor.tobytes()


def test_the_file_is_a_safetensors_file(tmp_path: Path) -> None:
    """Read as the format's description says: 8 bytes of header length, JSON, then the bytes without a gap."""
    tensors = random_tensors(CONV_SHAPES)
    path = tmp_path / "set.safetensors"
    write_set(path, tensors, {"source": "here"})
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert all(isinstance(value, str) for value in header.pop("__metadata__").values())
    end = 0
    for name, tensor in tensors.items():
        begin, stop = header[name]["data_offsets"]
        assert (begin, header[name]["dtype"], tuple(header[name]["shape"])) == (end, "F32", tensor.shape)
        assert content[8 + length + begin : 8 + length + stop] == tensor.tobytes()
        end = stop
    assert 8 + length + end == len(content)
    assert (8 + length) % 4 == 0


def test_mapped_tensors_cannot_be_changed(tmp_path: Path) -> None:
    write_set(tmp_path / "s", {"a": np.ones(3, np.float32)}, {})
    with pytest.raises(ValueError, match="read-only"):
        map_tensors(read_header(tmp_path / "s"))["a"][0] = 2


def test_the_digest_is_the_sha256_of_lines_of_name_shape_and_sha256() -> None:
    tensors = {"l/kernel": np.arange(6, dtype="<f4").reshape(2, 3), "l/bias": np.zeros(3, "<f4")}
    kernel = hashlib.sha256(b"".join(np.float32(n).tobytes() for n in range(6))).hexdigest()
    bias = hashlib.sha256(bytes(12)).hexdigest()
    lines = f"l/kernel 2x3 {kernel}\nl/bias 3 {bias}\n"
    assert digest_of(entries_of(tensors)) == hashlib.sha256(lines.encode()).hexdigest()
    assert digest_of(entries_of(tensors), ["l/bias"]) == hashlib.sha256(f"l/bias 3 {bias}\n".encode()).hexdigest()


def test_the_order_in_which_tensors_are_asked_for_does_not_change_the_digest() -> None:
    entries = entries_of(random_tensors(CONV_SHAPES))
    names = list(entries)
    assert digest_of(entries, names[::-1]) == digest_of(entries, names) == digest_of(entries)


@pytest.mark.parametrize("position", [0, -1])
def test_one_changed_bit_changes_the_digest(position: int) -> None:
    tensors = random_tensors(CONV_SHAPES)
    before = digest_of(entries_of(tensors))
    tensors["block2_conv1/bias"].view(np.uint32)[position] ^= 1
    assert digest_of(entries_of(tensors)) != before


def test_a_tensor_that_is_not_there_is_named() -> None:
    with pytest.raises(WeightsError, match="no tensor 'fc9/kernel'"):
        digest_of(entries_of(random_tensors(CONV_SHAPES)), ["fc9/kernel"])


def _damaged(content: bytes) -> dict[str, bytes]:
    length = int.from_bytes(content[:8], "little")
    return {
        "empty": b"",
        "cut": content[:-1],
        "longer": content + b"\0",
        "no header": bytes(100),
        "huge header": (2**40).to_bytes(8, "little") + content[8:],
        "not JSON": content[:8] + b"[" * length + content[8 + length :],
        "other type": content.replace(b'"F32"', b'"I32"'),
        "other shape": content.replace(b'"shape": [4]', b'"shape": [3]'),
        "moved": content.replace(b'"data_offsets": [0, ', b'"data_offsets": [4, '),
        "a list": content[:8] + b"[]" + b" " * (length - 2) + content[8 + length :],
    }


@pytest.mark.parametrize("damage", list(_damaged(bytes(100))))
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "set.safetensors"
    write_set(path, random_tensors(CONV_SHAPES), {})
    whole = path.read_bytes()
    path.write_bytes(_damaged(whole)[damage])
    assert path.read_bytes() != whole
    with pytest.raises(WeightsError, match=r"set\.safetensors"):
        read_header(path)
