import os
from dataclasses import fields
from pathlib import Path

import pytest

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.settings import Settings, read_settings


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('batch_size = 4\nengine = "elasticsearch"\ndata_dir = "/from/file"\n')
    return path


def test_a_flag_beats_a_variable_beats_the_file_beats_the_default(config):
    environment = {"CBIR_BATCH_SIZE": "3", "CBIR_ENGINE": "x"}
    found = read_settings({"batch_size": 2}, environment=environment, config_file=config)
    assert (found.batch_size, found.engine, found.data_dir) == (2, "x", Path("/from/file"))
    assert found.offline is False


def test_a_flag_that_was_not_given_changes_nothing(config):
    assert read_settings({"batch_size": None}, environment={}, config_file=config).batch_size == 4


def test_the_file_can_be_named_by_a_variable(config):
    assert read_settings(environment={"CBIR_CONFIG": str(config)}).batch_size == 4


def test_paths_are_absolute_and_know_the_home_folder():
    found = read_settings(environment={"CBIR_DATA_DIR": "~/x", "CBIR_CACHE_DIR": "y"})
    assert found.data_dir == Path.home() / "x"
    assert found.cache_dir == Path.cwd() / "y"


@pytest.mark.parametrize(("text", "value"), [("1", True), ("true", True), ("NO", False), ("0", False)])
def test_switches(text, value):
    assert read_settings(environment={"CBIR_OFFLINE": text}).offline is value


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"CBIR_BATCH_SIZE": "many"}, "batch_size.*whole number of 1 or more"),
        ({"CBIR_BATCH_SIZE": "0"}, "batch_size.*whole number of 1 or more"),
        ({"CBIR_BATCH_SIZE": "-3"}, "batch_size.*whole number of 1 or more"),
        ({"CBIR_OFFLINE": "perhaps"}, "offline.*yes or no"),
        ({"CBIR_DATA_DIR": "~nobody-of-this-name/x"}, "data_dir.*path"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(environment, message):
    with pytest.raises(InvalidRequestError, match=message):
        read_settings(environment=environment)


def test_a_typo_in_the_file_is_named(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text("ofline = true\n")
    with pytest.raises(InvalidRequestError, match="Did you mean 'offline'"):
        read_settings(environment={}, config_file=path)


def test_a_broken_or_missing_file_is_named(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text("= 3")
    with pytest.raises(InvalidRequestError, match=r"c\.toml"):
        read_settings(environment={}, config_file=path)
    with pytest.raises(NotFoundError, match=r"none\.toml"):
        read_settings(environment={}, config_file=tmp_path / "none.toml")


@pytest.mark.parametrize(
    "line", ["batch_size = true", "batch_size = 2.5", "batch_size = []", "offline = 2", "engine = 3", "data_dir = 7"]
)
def test_a_value_of_the_wrong_kind_in_the_file_is_named(tmp_path, line):
    path = tmp_path / "c.toml"
    path.write_text(line)
    with pytest.raises(InvalidRequestError, match=f"'{line.split()[0]}' cannot be"):
        read_settings(environment={}, config_file=path)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "latin.toml").write_bytes('engine = "é"'.encode("latin-1"))
    with pytest.raises(InvalidRequestError, match=r"latin\.toml is not UTF-8"):
        read_settings(environment={"CBIR_CONFIG": str(tmp_path / "latin.toml")})
    for path in (tmp_path, tmp_path / "latin.toml" / "below"):
        with pytest.raises(InvalidRequestError, match="cannot be read") as caught:
            read_settings(environment={"CBIR_CONFIG": str(path)})
        assert "CBIR_CONFIG" in caught.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_that_may_not_be_read_is_named(config):
    config.chmod(0)
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        read_settings(environment={"CBIR_CONFIG": str(config)})


def test_every_setting_is_documented():
    reference = (Path(__file__).parents[2] / "docs/reference.md").read_text()
    for field in fields(Settings):
        assert f"`CBIR_{field.name.upper()}`" in reference
