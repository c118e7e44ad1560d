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
    [({"CBIR_BATCH_SIZE": "many"}, "batch_size"), ({"CBIR_OFFLINE": "perhaps"}, "offline")],
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


def test_every_setting_is_documented():
    reference = (Path(__file__).parents[2] / "docs/reference.md").read_text()
    for field in fields(Settings):
        assert f"`CBIR_{field.name.upper()}`" in reference
