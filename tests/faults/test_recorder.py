"""The recorder: its log, replayed, is what is on the disk; it kills where it is told to."""

import os
import signal
import subprocess
import sys

import pytest

from .harness import REPOSITORY, Trial
from .power_loss import Disk, read_tree
from .recording import Operation, marks, read_log

PREAMBLE = """
import fcntl, mmap, os, shutil, sqlite3, sys
from pathlib import Path
from tests.faults.recording import Recorder
root, log = Path(sys.argv[1]), Path(sys.argv[2])
recorder = Recorder()
recorder.start(root, log, fatal=int(sys.argv[3]), torn=len(sys.argv) > 4)
os.chdir(root)
"""

EVERY_CALL = """
with open("a", "wb", buffering=0) as file:
    file.write(b"abcdef")
    file.seek(2)
    os.writev(file.fileno(), [b"12", b"", b"345"])
    os.pwrite(file.fileno(), b"PW", 10)
    os.pwritev(file.fileno(), [b"x", b"yz"], 20)
    os.posix_fallocate(file.fileno(), 30, 10)
    copy = os.dup(file.fileno())
    os.fsync(copy)
    os.close(copy)
with open("a", "ab") as file:
    file.write(b"appended")
os.truncate("a", 45)
shutil.copyfile("a", "b")
with open("a", "rb") as source, open("c", "wb") as target:
    os.copy_file_range(source.fileno(), target.fileno(), 7, 3)
os.makedirs("d/e")
os.rename("b", "d/b")
folder = os.open("d", os.O_RDONLY)
os.rename("b", "f", src_dir_fd=folder, dst_dir_fd=folder)
os.close(os.open("g", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
os.unlink("g", dir_fd=folder)
os.mkdir("h", dir_fd=folder)
os.fsync(folder)
os.link("a", "linked")
os.replace("c", "a")
os.rename("d/e", "i")
Path("i/new").write_text("x")
Path("i/new").write_text("shorter file than before")
Path("i/new").write_text("y")
Path("gone").write_text("z")
os.remove("gone")
os.rmdir("d/h")
os.sync()
with open("j", "w+b") as file:
    os.unlink("j")
    file.write(b"nobody will see this")
Path(sys.argv[2]).with_name("outside").write_text("not recorded")
"""

SQLITE = """
connection = sqlite3.connect("index", isolation_level=None)
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("PRAGMA synchronous=FULL")
connection.execute("CREATE TABLE t (x)")
recorder.mark("inserting")
connection.execute("INSERT INTO t VALUES ('needle in the log')")
recorder.mark("inserted")
"""


@pytest.fixture
def run(library, tmp_path):
    """Runs a program with the recorder; its folder and log."""

    def run(program: str, fatal: int = 0, *torn: str):
        (tmp_path / "root").mkdir()
        done = subprocess.run(
            [sys.executable, "-c", PREAMBLE + program, tmp_path / "root", tmp_path / "log", str(fatal), *torn],
            env=os.environ | {"LD_PRELOAD": str(library)},
            cwd=REPOSITORY,
            check=False,
        )
        return done.returncode, tmp_path / "root", read_log(tmp_path / "log")

    return run


def test_the_log_replayed_is_the_folder_after_every_kind_of_call(run):
    status, root, records = run(EVERY_CALL)
    assert status == 0
    assert Disk(os.stat(root).st_ino).replay(records).tree() == read_tree(root)
    assert {record.operation for record in records} == set(Operation) - {Operation.MARK, Operation.UNSUPPORTED}


def test_calls_of_sqlite_are_recorded_before_their_transaction_returns(run):
    status, _, records = run(SQLITE)
    assert status == 0
    assert marks(records) == ["inserting", "inserted"]
    first, last = (i for i, record in enumerate(records) if record.operation is Operation.MARK)
    between = records[first + 1 : last]
    assert any(b"needle in the log" in record.data for record in between)
    assert between[-1].operation is Operation.SYNC


@pytest.mark.parametrize(
    "program",
    [
        "with open('a', 'w+b') as file:\n file.truncate(9)\n mmap.mmap(file.fileno(), 9)",
        "os.symlink('a', 'b')",
        "os.rename(log.with_name('x').write_text('') and 'a' or log.with_name('x'), 'a')",
    ],
    ids=["writable map", "symbolic link", "file from outside"],
)
def test_what_cannot_be_modelled_is_said(run, program):
    status, root, records = run(program)
    assert status == 0
    with pytest.raises(NotImplementedError):
        Disk(os.stat(root).st_ino).replay(records)


def test_a_kill_at_a_record_comes_after_that_call_and_before_the_next(run):
    status, root, records = run("for n in range(9): os.mkdir(str(n))", fatal=4)
    assert status == -signal.SIGKILL
    assert len(records) == 4
    assert sorted(os.listdir(root)) == ["0", "1", "2"]


def test_a_torn_kill_leaves_half_of_a_write(run):
    program = "file = os.open('a', os.O_CREAT | os.O_WRONLY)\nos.writev(file, [b'abc', b'defgh'])"
    status, root, records = run(program, 3, "torn")
    assert status == -signal.SIGKILL
    assert (root / "a").read_bytes() == records[-1].data == b"abcd"


def test_a_log_that_is_cut_short_is_read_up_to_the_last_whole_record(run, tmp_path):
    _, _, records = run(EVERY_CALL)
    log = (tmp_path / "log").read_bytes()
    (tmp_path / "log").write_bytes(log[:-1])
    assert read_log(tmp_path / "log") == records[:-1]


def test_the_engine_makes_no_call_that_escapes_the_recorder(harness, whole):
    """Replayed up to a kill, the log gives every byte that is in the folder (SQLite's -shm, a map, apart)."""
    for fatal in (*whole.spread(5), 0):
        trial = Trial(harness, whole.seed, "compared")
        trial.run(fatal=fatal)
        replayed, found = trial.disk().tree(), read_tree(trial.folder)
        assert replayed.keys() == found.keys()
        assert [name for name in found if found[name] != replayed[name] and not name.endswith(b"-shm")] == []
        trial.discard()
