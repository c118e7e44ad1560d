import os
import socket
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from cbir.cli.main import run
from tests.pictures import save
from tests.serving.processes import Program


@dataclass
class Place:
    """A data folder with an indexed collection of five pictures, and a port that is free."""

    folder: Path
    port: int

    @property
    def variables(self):
        return {
            "CBIR_DATA_DIR": str(self.folder / "data"),
            "CBIR_WEIGHTS_DIR": str(self.folder / "weights"),
            "CBIR_CACHE_DIR": str(self.folder / "cache"),
            "CBIR_OFFLINE": "1",
            "HOME": str(self.folder),
        }

    @property
    def photos(self):
        return self.folder / "photos"

    @property
    def run(self):
        return self.folder / "data" / "run"

    def serve(self, *arguments, port=None, variables=None, **more):
        """`cbir serve` as a program of its own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CBIR_")}
        command = [str(Path(sys.executable).with_name("cbir")), "serve", "--port", str(port or self.port)]
        return Program([*command, *map(str, arguments)], env=kept | self.variables | (variables or {}), **more)


def free_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        return listening.getsockname()[1]


def made_place(folder):
    for number in range(5):
        save(folder / "photos" / f"{number}.png", number)
    place = Place(folder, free_port())
    with pytest.raises(SystemExit) as ended:
        run(["index", str(place.photos), "--extractors", "hist-basic"], place.variables)
    assert not ended.value.code
    return place


@pytest.fixture
def place(tmp_path):
    return made_place(tmp_path)


@pytest.fixture
def started():
    """Registers programs, which are ended after the test."""
    programs = []

    def register(program):
        programs.append(program)
        return program

    yield register
    for program in programs:
        program.close()
