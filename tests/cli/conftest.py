import json
from dataclasses import dataclass

import pytest
from tests.pictures import save

from cbir.cli.main import run


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def cbir(tmp_path, capsys):
    """Runs the command line in this process, on a data folder of its own and without a network."""
    environment = {
        "CBIR_DATA_DIR": str(tmp_path / "data"),
        "CBIR_WEIGHTS_DIR": str(tmp_path / "weights"),
        "CBIR_CACHE_DIR": str(tmp_path / "cache"),
        "CBIR_CONFIG": "",
        "CBIR_OFFLINE": "1",
    }

    def call(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run([str(argument) for argument in arguments], environment)
        captured = capsys.readouterr()
        return Result(ended.value.code or 0, captured.out, captured.err)

    return call


@pytest.fixture
def photos(tmp_path):
    for number in range(5):
        save(tmp_path / f"photos/{number}.png", number)
    rows = "".join(f"{number}.png,{'even' if number % 2 == 0 else 'odd'};all\n" for number in range(5))
    (tmp_path / "photos/labels.csv").write_text("path,labels\n" + rows)
    return tmp_path / "photos"


@pytest.fixture
def indexed(cbir, photos):
    """The folder of five photos, indexed with the colour descriptor into the collection `default`."""
    assert cbir("index", photos, "--extractors", "hist-basic").code == 0
    return photos
