"""Folders that cannot be written, disks that are full, files that were damaged or come from another time."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cbir.engines.base import SearchRequest, Severity
from cbir.engines.embedded import schema
from cbir.engines.embedded.engine import EmbeddedEngine
from cbir.errors import CorruptDataError, SchemaVersionError, StorageError, StorageFullError, UnknownNameError

from .conftest import IDENTITY, entries

QUERY = np.arange(1, 9, dtype=np.float32)[None]
SEARCH = SearchRequest("dense", "euclidean", 3)

AS_NOBODY = """
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
def outcome(call):
    try:
        return call()
    except CbirError as error:
        return f'{type(error).__name__}: {error}'
"""


@pytest.fixture
def read_only(folder):
    """A copy of the collections that its reader may not write, where any user can reach it."""
    place = Path(tempfile.mkdtemp())
    shutil.copytree(folder.parent, place / "collections")
    yield place / "collections"
    for path in (place, *place.rglob("*")):
        path.chmod(0o755)
    shutil.rmtree(place)


def forbid_writing(place: Path) -> None:
    for path in (place.parent, place, *place.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)


class TestReadOnlyFolder:
    def test_it_can_be_searched_and_not_written(self, read_only, run):
        forbid_writing(read_only)
        output = run(
            AS_NOBODY
            + """
with engine.open('photos') as collection:
    print(collection.count(), best(collection), collection.check())
print(outcome(lambda: engine.open('photos', write=True)))
print(outcome(lambda: engine.create('other', [])))
print(outcome(lambda: engine.drop('photos')))
""",
            read_only,
        ).splitlines()
        assert output[0] == "20 [0, 1, 2] []"
        assert [line.split(":")[0] for line in output[1:]] == ["ReadOnlyError"] * 3
        assert all("writable" in line for line in output[1:])

    def test_folders_that_may_not_be_looked_into_are_named(self, read_only, run):
        read_only.chmod(0o700)
        read_only.parent.chmod(0o755)
        closed_within = read_only.parent / "other"
        (closed_within / "photos").mkdir(parents=True)
        (closed_within / "photos").chmod(0)
        closed_within.chmod(0o755)
        if os.geteuid() != 0:
            read_only.chmod(0)
        calls = """
print(outcome(engine.collections))
print(outcome(lambda: engine.open('photos')))
print(outcome(lambda: engine.drop('photos')))
print(outcome(lambda: engine.create('photos', [])))
print(outcome(lambda: engine.open('photos', write=True)))
"""
        output = run(AS_NOBODY + calls, read_only).splitlines()
        assert [line.split(":")[0] for line in output] == [
            "StorageError", "StorageError", "ReadOnlyError", "ReadOnlyError", "StorageError",
        ]  # fmt: skip
        assert all(str(read_only) in line for line in output)
        output = run(AS_NOBODY + calls, closed_within).splitlines()
        assert output[0] == "['photos']"
        assert all(line.startswith(("StorageError", "ReadOnlyError")) for line in output[1:])

    def test_a_log_that_was_left_there_is_not_passed_over(self, read_only, engine, run):
        """Committed work in the log of a writer that died would be missing from the answers."""
        with engine.open("photos", write=True) as writer:
            writer.upsert(entries(5, start=20))
            for name in ("index.sqlite", "index.sqlite-wal"):
                shutil.copy(engine.folder / "photos" / name, read_only / "photos" / name)
            for file in (engine.folder / "photos" / "vectors").rglob("*.f32"):
                shutil.copy(file, read_only / "photos" / "vectors" / file.parent.name / file.name)
        forbid_writing(read_only)
        (line,) = run(AS_NOBODY + "print(outcome(lambda: engine.open('photos').count()))", read_only).splitlines()
        assert line.startswith(("StorageError", "ReadOnlyError"))
        assert "unfinished" in line

    def test_a_later_change_is_seen(self, read_only, run):
        """A reader that can lock nothing notices that somebody else wrote."""
        (read_only / "photos" / "writer.lock").chmod(0o644)
        for path in (read_only.parent, read_only, *read_only.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        if os.geteuid() != 0:
            pytest.skip("needs a second user, so it runs as root only")
        output = run(
            """
import threading
collection_folder = Path(sys.argv[1])
reader_ready, written = os.pipe(), os.pipe()
if os.fork() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
    with engine.open('photos') as collection:
        print(collection.count(), flush=True)
        os.write(reader_ready[1], b'x')
        os.read(written[0], 1)
        print(collection.count(), best(collection), flush=True)
    os._exit(0)
os.read(reader_ready[0], 1)
with engine.open('photos', write=True) as writer:
    writer.delete([f'{0:064x}'])
os.write(written[1], b'x')
os.wait()
""",
            read_only,
        )
        assert output.splitlines() == ["20", "19 [1, 2, 3]"]


FILL_THE_DISK = """
engine.create('photos', [Identity('dense', 1, 4096, non_negative=True)])
collection = engine.open('photos', write=True)
stored = 0
try:
    while stored < 1000:
        collection.upsert(entries(10, start=stored, dims=4096))
        stored += 10
except CbirError as error:
    print(type(error).__name__, error.remedy != '', flush=True)
print(stored, collection.count(), collection.check())
collection.delete([f'{n:064x}' for n in range(stored)])
"""


def small_disk(folder: Path, *, size: str) -> tuple[str, ...]:
    """What runs a command that finds a file system of this size at `small` in a folder."""
    mount = folder / "small"
    mount.mkdir()
    wrapper = ("unshare", "--mount", "sh", "-c", f'mount -t tmpfs -o size={size} tmpfs "{mount}" && exec "$@"', "sh")
    if not shutil.which("unshare") or subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small file system")
    return wrapper


class TestFullDisk:
    def test_a_file_size_limit(self, engine, run):
        """The batch that does not fit is not there, those before are."""
        limits = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))\n"
        output = run(limits + FILL_THE_DISK, engine.folder).splitlines()
        assert output == ["StorageFullError True", "60 60 []"]
        with engine.open("photos", write=True) as collection:
            assert collection.check() == []

    def test_a_file_system_without_space(self, tmp_path, start):
        """On a file system of 3 MB, which needs the right to mount one."""
        wrapper = small_disk(tmp_path, size="3m")
        process = start(
            FILL_THE_DISK + "print(collection.compact() > 0, collection.check())",
            tmp_path / "small" / "c",
            wrapper=wrapper,
        )
        output = process.communicate(timeout=60)[0].splitlines()
        assert output[0] == "StorageFullError True"
        stored, count, rest = output[1].split(" ", 2)
        assert int(stored) == int(count) > 50
        assert rest == "[]"
        assert output[2] == "True []"
        assert process.returncode == 0

    def test_a_disk_without_any_space_can_be_searched(self, tmp_path, start):
        """SQLite makes files beside the index even to read it."""
        wrapper = small_disk(tmp_path, size="3m")
        code = """
engine.create('photos', [Identity('dense', 1, 8, non_negative=True)])
with engine.open('photos', write=True) as collection:
    collection.upsert(entries(20))
with open(engine.folder / 'filling', 'wb', buffering=0) as file:
    try:
        while True:
            file.write(bytes(1000))
    except OSError:
        pass
engine = EmbeddedEngine(engine.folder)
with engine.open('photos') as collection:
    print(best(collection), collection.count(), collection.check(), flush=True)
    os.unlink(engine.folder / 'filling')
    with engine.open('photos', write=True) as writer:
        writer.delete([f'{0:064x}'])
    print(best(collection))
"""
        process = start(code, tmp_path / "small" / "c", wrapper=wrapper)
        output = process.communicate(timeout=60)[0].splitlines()
        assert output == ["[0, 1, 2] 20 []", "[1, 2, 3]"]
        assert process.returncode == 0

    @pytest.mark.usefixtures("folder")
    def test_a_full_disk_at_the_commit(self, engine):
        """SQLite, unlike the segments, meets the end of the disk: here a limit on its pages."""
        with engine.open("photos", write=True) as collection:
            with collection._database.transaction() as connection:
                (pages,) = connection.execute("PRAGMA page_count").fetchone()
                connection.execute(f"PRAGMA max_page_count={pages}")
            with pytest.raises(StorageFullError, match="No space is left"):
                collection.upsert(entries(3000, start=100))
            assert collection.count() == 20
            assert collection.check() == []


class TestDamage:
    def test_every_flipped_byte_is_found(self, engine, folder):
        """One bit of one value: the descriptor stays finite, and is another."""
        (file,) = (folder / "vectors").rglob("*.f32")
        intact = file.read_bytes()
        for position in (0, 100, len(intact) - 1):
            damaged = bytearray(intact)
            damaged[position] ^= 1
            file.write_bytes(damaged)
            with engine.open("photos") as collection:
                (finding,) = collection.check()
            assert finding.severity is Severity.FAULT
            assert "20 descriptors 'dense' stand in a block that does not match its checksum" in finding.message
        file.write_bytes(intact)
        with engine.open("photos") as collection:
            assert collection.check() == []

    def test_values_that_cannot_be_are_found_also_with_their_checksum(self, engine, folder):
        """As a faulty program would have stored them."""
        (file,) = (folder / "vectors").rglob("*.f32")
        rows = np.fromfile(file, dtype="<f4").reshape(20, 8)
        rows[3, 2], rows[4, 5], rows[5] = np.nan, -1, 0
        file.write_bytes(rows.tobytes())
        with engine.open("photos", write=True) as collection:
            with collection._database.transaction() as connection:
                connection.execute("UPDATE blocks SET crc32 = ?", (schema_crc(rows),))
            fault, warning = collection.check()
        assert (fault.severity, warning.severity) == (Severity.FAULT, Severity.WARNING)
        assert f"{3:064x}, {4:064x}" in fault.message
        assert f"{5:064x}" in warning.message

    def test_a_truncated_segment(self, engine, folder):
        (file,) = (folder / "vectors").rglob("*.f32")
        os.truncate(file, 100)
        with engine.open("photos") as collection:
            assert [f.severity for f in collection.check()] == [Severity.FAULT]
            with pytest.raises(CorruptDataError, match="shorter than the 20 rows"):
                collection.search(SEARCH, QUERY)
            assert collection.count() == 20

    def test_a_lost_segment(self, engine, folder):
        (file,) = (folder / "vectors").rglob("*.f32")
        file.unlink()
        with engine.open("photos") as collection:
            assert [f.severity for f in collection.check()] == [Severity.FAULT]
            with pytest.raises(CorruptDataError, match="missing"):
                collection.search(SEARCH, QUERY)

    def test_an_index_that_is_not_one(self, engine, folder):
        (folder / "index.sqlite").write_bytes(b"not a database, but long enough to look at" * 1000)
        with pytest.raises(CorruptDataError, match="not an index"):
            engine.open("photos")
        engine.drop("photos")
        assert engine.collections() == []

    def test_an_index_with_damaged_pages(self, engine, folder):
        path = folder / "index.sqlite"
        content = bytearray(path.read_bytes())
        for page in range(1, len(content) // 4096):
            content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
        path.write_bytes(content)
        with pytest.raises(CorruptDataError, match="damaged"), engine.open("photos") as collection:
            collection.search(SEARCH, QUERY)

    def test_a_lost_index(self, engine, folder):
        (folder / "index.sqlite").unlink()
        with pytest.raises(CorruptDataError, match=r"holds no index\.sqlite"):
            engine.open("photos")
        assert engine.collections() == ["photos"]
        engine.drop("photos")
        assert engine.collections() == []

    @pytest.mark.usefixtures("folder")
    def test_a_descriptor_that_images_lack_comes_with_the_command_that_brings_it(self, engine):
        with engine.open("photos", write=True) as collection:
            collection.add_extractor(replace(IDENTITY, name="later"))
            (warning,) = collection.check()
        assert warning.severity is Severity.WARNING
        assert "`cbir collections add-extractor photos later`" in warning.remedy

    @pytest.mark.usefixtures("folder")
    @pytest.mark.parametrize(
        ("statement", "message"),
        [
            ("UPDATE segments SET rows = 19", "where no segment has rows"),
            ("INSERT INTO tombstones VALUES (3)", "where a deleted one stood"),
            ("UPDATE segments SET rows = 25", "belong to no image"),
            ("DELETE FROM words WHERE rowid = 3", "cannot be found by words"),
            ("DELETE FROM blocks", "have no checksum"),
        ],
    )
    def test_contradictions_in_the_index(self, engine, statement, message):
        with engine.open("photos", write=True) as collection:
            with collection._database.transaction() as connection:
                connection.execute(statement)
            found = collection.check()
        assert any(message in finding.message for finding in found)
        assert all(finding.severity is Severity.FAULT for finding in found)


def schema_crc(rows) -> int:
    """CRC-32 by bits, from its polynomial."""
    crc = 0xFFFFFFFF
    for byte in rows.astype("<f4").tobytes():
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class TestOtherVersions:
    def set_version(self, folder, version):
        connection = sqlite3.connect(folder / "index.sqlite")
        connection.execute(f"PRAGMA user_version={version}")
        connection.close()

    @pytest.mark.parametrize("write", [False, True])
    def test_from_the_future(self, engine, folder, write):
        self.set_version(folder, schema.VERSION + 1)
        with pytest.raises(SchemaVersionError, match="version 2; this program reads version 1") as caught:
            engine.open("photos", write=write)
        assert "Update the program" in caught.value.remedy
        self.set_version(folder, schema.VERSION)
        engine.open("photos", write=True).close()

    def test_from_before_the_first(self, engine, folder):
        self.set_version(folder, 0)
        with pytest.raises(SchemaVersionError, match="index again"):
            engine.open("photos", write=True)

    @pytest.mark.usefixtures("folder")
    def test_an_earlier_version_is_brought_forward_by_the_next_writer(self, engine, monkeypatch):
        monkeypatch.setattr(schema, "VERSION", 3)
        steps = {1: ("ALTER TABLE images ADD COLUMN stars INTEGER",), 2: ("UPDATE images SET stars = pk",)}
        monkeypatch.setattr(schema, "MIGRATIONS", steps)
        with pytest.raises(SchemaVersionError, match="Open it for writing once"):
            engine.open("photos")
        with engine.open("photos", write=True) as collection, collection._database.snapshot() as connection:
            assert schema.version(connection) == 3
            assert connection.execute("SELECT count(*) FROM images WHERE stars = pk").fetchone() == (20,)
        engine.open("photos").close()

    @pytest.mark.usefixtures("folder")
    def test_a_step_that_fails_changes_nothing(self, engine, monkeypatch):
        monkeypatch.setattr(schema, "VERSION", 2)
        steps = {1: ("ALTER TABLE images ADD COLUMN stars INTEGER", "UPDATE nothing SET x = 1")}
        monkeypatch.setattr(schema, "MIGRATIONS", steps)
        with pytest.raises(StorageError, match="nothing"):
            engine.open("photos", write=True)
        monkeypatch.undo()
        with engine.open("photos", write=True) as collection, collection._database.snapshot() as connection:
            columns = [row[1] for row in connection.execute("PRAGMA table_info(images)")]
            assert "stars" not in columns


class TestMakingAndRemoving:
    def test_what_an_interrupted_make_or_removal_left_is_no_collection_and_goes(self, engine, folder):
        shutil.copytree(folder, engine.folder / ".unfinished-0123")
        assert engine.collections() == ["photos"]
        engine.create("other", [IDENTITY])
        assert not (engine.folder / ".unfinished-0123").exists()
        assert engine.collections() == ["other", "photos"]

    def test_a_failed_make_leaves_no_collection(self, engine, monkeypatch):
        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("cbir.engines.embedded.engine.sync_tree", full)
        with pytest.raises(StorageFullError):
            engine.create("photos", [IDENTITY])
        assert engine.collections() == []
        monkeypatch.undo()
        engine.create("photos", [IDENTITY])

    @pytest.mark.usefixtures("folder")
    def test_folders_of_others_are_not_collections(self, engine):
        (engine.folder / "holiday").mkdir()
        (engine.folder / "holiday" / "a.jpg").write_bytes(b"x")
        assert engine.collections() == ["photos"]
        with pytest.raises(UnknownNameError):
            engine.drop("holiday")
        assert (engine.folder / "holiday" / "a.jpg").exists()

    def test_a_file_in_the_place_of_the_data_folder(self, tmp_path):
        (tmp_path / "file").write_bytes(b"")
        engine = EmbeddedEngine(tmp_path / "file" / "collections")
        with pytest.raises(StorageError, match="a file stands where a folder must be") as caught:
            engine.create("photos", [IDENTITY])
        assert "CBIR_DATA_DIR" in caught.value.remedy
        assert engine.collections() == []

    def test_an_engine_without_a_folder_has_no_collections(self, tmp_path):
        assert EmbeddedEngine(tmp_path / "none").collections() == []
        assert not (tmp_path / "none").exists()

    def test_names_with_odd_bytes_above_the_collections(self, tmp_path):
        """Question marks, spaces and bytes that are not UTF-8 in the data folder's own path."""
        engine = EmbeddedEngine(tmp_path / "a?b#c %41 \udcff" / "collections")
        engine.create("photos", [IDENTITY])
        with engine.open("photos", write=True) as collection:
            collection.upsert(entries(3))
        with engine.open("photos") as collection:
            assert collection.count() == 3
            assert [f.id for f in collection.search(SEARCH, QUERY)[0].hits] == [f"{n:064x}" for n in range(3)]
