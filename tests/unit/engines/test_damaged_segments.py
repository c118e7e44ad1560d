"""Segments that lost rows or hold others than were written: nothing is answered or stored as if all were well."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from cbir.engines.base import SearchRequest
from cbir.engines.embedded import segments
from cbir.errors import CorruptDataError
from cbir.metrics import search_metrics

from .conftest import IDENTITY, entries

QUERY = np.arange(1, 9, dtype=np.float32)[None]
SPARE = replace(IDENTITY, name="spare")


def with_spare(count, start=0):
    return [
        replace(entry, descriptors=dict.fromkeys(("dense", "spare"), entry.descriptors["dense"]))
        for entry in entries(count, start=start)
    ]


@pytest.fixture
def two(engine):
    """The folder of a collection of 20 images with two extractors."""
    engine.create("two", [IDENTITY, SPARE])
    with engine.open("two", write=True) as collection:
        collection.upsert(with_spare(12))
        collection.upsert(with_spare(8, start=12))
    return engine.folder / "two"


def shorten(file):
    os.truncate(file, file.stat().st_size - 4)


LOSSES = pytest.mark.parametrize("lose", [shorten, os.unlink], ids=["shortened", "removed"])


class TestLostRows:
    @LOSSES
    def test_a_writer_is_refused_as_a_search_is(self, engine, folder, lose):
        (file,) = (folder / "vectors").rglob("*.f32")
        lose(file)
        with engine.open("photos") as collection, pytest.raises(CorruptDataError) as searching:
            collection.search(SearchRequest("dense", "euclidean", 3), QUERY)
        with pytest.raises(CorruptDataError) as writing:
            engine.open("photos", write=True)
        assert str(writing.value) == str(searching.value)
        with pytest.raises(CorruptDataError):
            engine.open("photos", write=True)
        assert not file.exists() or file.stat().st_size < 20 * 8 * 4

    @LOSSES
    def test_any_segment_of_any_extractor_counts(self, engine, monkeypatch, lose):
        monkeypatch.setattr(segments, "ROWS_PER_SEGMENT", 4)
        engine.create("two", [IDENTITY, SPARE])
        with engine.open("two", write=True) as collection:
            collection.upsert(with_spare(10))
        files = sorted((engine.folder / "two" / "vectors").rglob("*.f32"))
        assert len(files) == 6
        for file in files:
            whole = file.read_bytes()
            lose(file)
            with pytest.raises(CorruptDataError, match=file.name):
                engine.open("two", write=True)
            file.write_bytes(whole)
        engine.open("two", write=True).close()

    @LOSSES
    def test_what_is_lost_can_be_dropped_and_computed_again(self, engine, two, lose):
        """Following the remedy of `check`."""
        (file,) = (two / "vectors").glob("0-*/*.f32")
        lose(file)
        with engine.open("two") as collection:
            (finding,) = collection.check()
        assert "drop-extractor two dense" in finding.remedy
        with engine.open("two", write=True, repair=True) as collection:
            collection.drop_extractor("dense")
        with engine.open("two", write=True) as collection:
            collection.add_extractor(IDENTITY)
            collection.fill("dense", {entry.record.id: entry.descriptors["dense"] for entry in entries(20)})
            assert collection.check() == []

    @pytest.mark.usefixtures("two")
    def test_images_can_be_taken_out_of_a_damaged_collection(self, engine, two):
        os.unlink(next((two / "vectors").glob("1-*/*.f32")))
        with engine.open("two", write=True, repair=True) as collection:
            assert [one.done for one in collection.delete([f"{3:064x}"])] == [True]
            assert collection.count() == 19

    def test_an_extractor_that_was_just_added_needs_no_file(self, engine, folder):
        with engine.open("photos", write=True) as collection:
            collection.add_extractor(SPARE)
        engine.open("photos", write=True).close()
        with engine.open("photos", write=True) as collection:
            collection.fill("spare", {f"{2:064x}": QUERY[0]})
        engine.open("photos", write=True).close()
        assert len(list((folder / "vectors").rglob("*.f32"))) == 2

    def test_rows_that_no_longer_count_were_compacted_away(self, engine, folder):
        with engine.open("photos", write=True) as collection:
            collection.delete([f"{n:064x}" for n in range(15, 20)])
            collection.compact()
        engine.open("photos", write=True).close()


class TestOtherBytes:
    def test_blocks_are_named_and_not_the_images_that_happen_to_stand_in_them(self, engine, two):
        (file,) = (two / "vectors").glob("0-*/*.f32")
        data = bytearray(file.read_bytes())
        data[100] ^= 1
        file.write_bytes(data)
        with engine.open("two") as collection:
            (finding,) = collection.check()
        assert finding.message.startswith("12 descriptors 'dense' stand in a block that does not match its checksum")
        assert "drop-extractor two dense" in finding.remedy
        data[12 * 8 * 4] ^= 1
        file.write_bytes(data)
        with engine.open("two") as collection:
            (finding,) = collection.check()
        assert finding.message.startswith("20 descriptors 'dense' stand in 2 blocks that do not match")

    def test_the_only_extractor_is_not_said_to_be_dropped(self, engine, folder):
        (file,) = (folder / "vectors").rglob("*.f32")
        data = bytearray(file.read_bytes())
        data[0] ^= 1
        file.write_bytes(data)
        with engine.open("photos") as collection:
            (finding,) = collection.check()
        assert "drop-extractor" not in finding.remedy
        assert "delete it and index again" in finding.remedy

    @pytest.mark.parametrize("metric", [metric.name for metric in search_metrics()])
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1])
    def test_no_score_is_made_of_a_value_that_cannot_be(self, engine, folder, metric, value):
        (file,) = (folder / "vectors").rglob("*.f32")
        rows = np.fromfile(file, dtype="<f4").reshape(20, 8)
        rows[3, 2] = value
        file.write_bytes(rows.tobytes())
        damaged = pytest.raises(CorruptDataError, match=f"'dense' of image {3:064x} is damaged")
        with engine.open("photos") as collection, damaged:
            collection.search(SearchRequest("dense", metric, 20), QUERY)
