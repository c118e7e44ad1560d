"""Images as documents and back, against definitions computed here one value at a time."""

from __future__ import annotations

import base64
import json
import math
import os
import struct
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbir.engines.elasticsearch import documents
from cbir.engines.elasticsearch.documents import Stored
from cbir.engines.elasticsearch.mapping import DescriptorFields
from cbir.records import Identity, ImageRecord, Location

ID = "ab" * 32
POSITIVE = DescriptorFields("x0", Identity("dense", 1, 12, non_negative=True))
SIGNED = DescriptorFields("x3", Identity("signed", 1, 5, non_negative=False))
LONG = DescriptorFields("x1", Identity("long", 1, 4416, non_negative=True))
RECORD = ImageRecord(
    ID,
    640,
    480,
    "JPEG",
    (Location("/photos/bytes-\udcff\xe9.jpg", 5, 2**62, "/photos"), Location("/photos/夏.jpg", 6, -7, "")),
    ("Café", "line\nbreak"),
    ("Grüße", ""),
    'He said "hi"\0 😀',
    datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30))),
)


def floats(text: str) -> list[float]:
    """A vector as the server reads it: big-endian, four bytes each."""
    data = base64.b64decode(text)
    return [value for (value,) in struct.iter_unpack(">f", data)]


def as_float32(value: float) -> float:
    return struct.unpack("<f", struct.pack("<f", value))[0]


def packed(fields: DescriptorFields, values) -> list[documents.Descriptor]:
    return list(documents.packed(fields, np.array(values, dtype=np.float32), range(len(values))))


def fields_of(fields: DescriptorFields, values) -> dict:
    """The fields of one descriptor, as they are sent."""
    return json.loads(documents.document(RECORD, packed(fields, [values])))[fields.slot]


class TestRecords:
    def test_a_record_comes_back_as_it_went_in(self):
        source = json.loads(documents.document(RECORD, []))
        assert documents.record_of(ID, source["record"]) == RECORD

    def test_paths_are_their_bytes_and_keep_their_order(self):
        paths = ["/a", "/a/\udc80", "/a/\xe9", "/a/夏", "/a/😀", "/a/\udcff"]
        texts = [documents.path_text(path) for path in paths]
        assert [documents.path_of(text) for text in texts] == paths
        assert sorted(texts) == [documents.path_text(path) for path in sorted(paths, key=os.fsencode)]

    def test_the_fields_by_which_an_image_is_found(self):
        source = json.loads(documents.document(RECORD, []))
        assert source["id"] == ID
        assert source["paths"] == ["/photos/bytes-\xff\xc3\xa9.jpg", "/photos/å¤\x8f.jpg"]
        assert source["labels"] == ["Café", "line\nbreak"]
        assert (
            source["words"].split()
            == "bytes e jpg 夏 jpg cafe line break grusse he said hi".replace(
                "grusse", "große".replace("o", "u")
            ).split()
        )
        assert (source["width"], source["height"], source["format"]) == (640, 480, "JPEG")
        assert datetime.fromisoformat(source["added_at"]) == RECORD.added_at

    @pytest.mark.parametrize("time", [None, datetime(2024, 1, 2, 3, 4, 5)])  # noqa: DTZ001 - without an offset
    def test_times_without_an_offset_are_kept_and_indexed_as_utc(self, time):
        source = json.loads(documents.document(ImageRecord(ID, 1, 1, "PNG", added_at=time), []))
        assert documents.record_of(ID, source["record"]).added_at == time
        assert source["added_at"] == (time and time.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z"))

    def test_a_changed_record_leaves_descriptors_alone(self):
        change = json.loads(documents.record_change(RECORD))["doc"]
        whole = json.loads(documents.document(RECORD, []))
        assert change == {k: v for k, v in whole.items() if k not in ("has", "zeros", "record")} | {
            "record": {k: v for k, v in whole["record"].items() if k != "digests"}
        }


class TestWords:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", []),
            ("IMG_1234.JPG", ["img", "1234", "jpg"]),
            ("Café cafe\u0301", ["cafe", "cafe"]),
            ("ÄRGER Grüße naïve", ["arger", "gruße", "naive"]),
            ("夏の海 x*", ["夏の海", "x"]),
            ("ﬁne №5", ["fine", "no5"]),
            ("-- ; 😀 _", []),
        ],
    )
    def test_words_are_runs_of_letters_and_digits_without_case_and_accents(self, text, words):
        assert documents.plain_words(text) == words

    def test_a_long_word_is_cut_to_what_the_servers_analyser_keeps_whole(self):
        for letter in ("a", "夏", "𝒳", "\U00020000"):
            (word,) = documents.plain_words(letter * 1000)
            assert len(word.encode("utf-16-le")) // 2 <= 255


class TestDescriptors:
    def test_values_roots_and_logarithms_are_those_of_the_definitions(self):
        values = [0.0, 0.25, 3.5, 1e-30, 7.0, 0.0, 1e5, 2.0, 0.1, 1.0, 0.0, 12.0]
        stored = [as_float32(value) for value in values]
        mass = math.fsum(stored)
        content = fields_of(POSITIVE, values)
        assert floats(content["values_0"]) == stored
        assert content["sum"] == pytest.approx(mass, rel=1e-15)
        roots = [math.sqrt(value / mass) for value in stored]
        assert floats(content["roots_0"]) == pytest.approx(roots, rel=2**-24)
        smooth = [0.9 * value / mass + 0.1 / 12 for value in stored]
        logs = [math.log(value * 12 / 0.1) for value in smooth]
        assert floats(content["logs_0"]) == pytest.approx(logs, rel=2**-23, abs=1e-15)
        assert set(content) == {"values_0", "roots_0", "logs_0", "sum"}

    def test_a_zero_descriptor_is_spread_evenly_by_kl(self):
        content = fields_of(POSITIVE, [0.0] * 12)
        assert floats(content["roots_0"]) == [0.0] * 12
        assert floats(content["logs_0"]) == [as_float32(math.log(10))] * 12
        assert content["sum"] == 0

    @pytest.mark.parametrize("scale", [1e-38, 1e-44, 1e18])
    def test_extreme_scales_change_neither_roots_nor_logarithms(self, scale):
        values = np.array([0, 1, 2, 3, 0, 5, 6, 7, 8, 9, 10, 11], dtype=np.float32)
        scaled = (values.astype(np.float64) * scale).astype(np.float32)
        mass = math.fsum(scaled.tolist())
        content = fields_of(POSITIVE, scaled)
        assert floats(content["roots_0"]) == pytest.approx([math.sqrt(v / mass) for v in scaled.tolist()], rel=1e-7)
        assert math.fsum(root**2 for root in floats(content["roots_0"])) == pytest.approx(1, rel=1e-6)

    def test_a_descriptor_that_can_be_negative_is_its_values_alone(self):
        content = fields_of(SIGNED, [-1.5, -0.0, 0.0, 2.0, 1e-45])
        assert set(content) == {"values_0"}
        data = base64.b64decode(content["values_0"])
        assert data == struct.pack(">5f", -1.5, -0.0, 0.0, 2.0, 1e-45)

    def test_a_long_descriptor_is_split_over_fields_in_order(self):
        values = np.arange(4416, dtype=np.float32)
        content = fields_of(LONG, values)
        halves = [floats(content[f"values_{part}"]) for part in (0, 1)]
        assert [len(half) for half in halves] == [2208, 2208]
        assert halves[0] + halves[1] == values.tolist()

    def test_many_rows_each_have_their_own_fields(self):
        """More than are transformed together."""
        rows = np.random.default_rng(1).random((300, 4416), dtype=np.float32)
        sources = [json.loads(documents.document(RECORD, [one])) for one in packed(LONG, rows)]
        assert [floats(source["x1"]["values_0"])[0] for source in sources] == rows[:, 0].tolist()
        assert [source["record"]["digests"]["x1"] for source in sources] == [documents.digest(row) for row in rows]

    def test_the_callers_rows_stay_as_they_were(self):
        rows = np.ones((3, 12), dtype=np.float32)
        list(documents.packed(POSITIVE, rows, range(3)))
        assert (rows == 1).all()

    @given(st.binary(min_size=20, max_size=20), st.binary(min_size=20, max_size=20))
    def test_digests_are_equal_where_the_bits_are(self, one, two):
        first, second = (documents.digest(np.frombuffer(data, dtype=np.float32)) for data in (one, two))
        assert (first == second) == (one == two)

    def test_zero_and_negative_zero_have_other_digests(self):
        first, second = (documents.digest(np.array([value], dtype=np.float32)) for value in (0.0, -0.0))
        assert first != second


class TestWhatADocumentSaysOfItsDescriptors:
    def test_a_whole_document(self):
        rows = np.zeros((1, 12), dtype=np.float32)
        (zero,), (some,) = packed(POSITIVE, rows), packed(SIGNED, rows[:, :5] + 1)
        source = json.loads(documents.document(RECORD, [zero, some]))
        assert (source["has"], source["zeros"]) == (["x0", "x3"], ["x0"])
        found = documents.stored(ID, source, (4, 2))
        assert found == Stored(RECORD, (4, 2), ("x0", "x3"), ("x0",), {"x0": zero.digest, "x3": some.digest})

    def test_a_descriptor_joins_those_that_are_there(self):
        known = Stored(RECORD, (4, 2), ("x0",), ("x0",), {"x0": "d"})
        (zero,) = packed(SIGNED, np.zeros((1, 5)))
        change = json.loads(documents.descriptor_change(known, zero))["doc"]
        assert change["has"] == ["x0", "x3"]
        assert change["zeros"] == ["x0", "x3"]
        assert change["record"] == {"digests": {"x3": zero.digest}}
        assert set(change) == {"has", "zeros", "record", "x3"}
