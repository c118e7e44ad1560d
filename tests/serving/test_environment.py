"""What the processes of a server are told by their environment."""

from dataclasses import fields, replace

import pytest

from cbir.errors import InvalidRequestError
from cbir.serving.environment import for_children
from cbir.settings import Settings, read_settings


def test_they_read_the_settings_of_the_command_whatever_these_are(tmp_path):
    config = tmp_path / "c.toml"
    config.write_text('engine = "elasticsearch"\nserver_rate = 7\nserver_public = true\n')
    other = {bool: lambda value: not value, int: lambda value: value + 3, str: lambda value: f"{value}x"}
    for one in fields(Settings):
        before = read_settings(environment={}, config_file=config)
        value = getattr(before, one.name)
        changed = other.get(type(value), lambda _: tmp_path / "elsewhere")(value)
        settings = replace(before, **{one.name: changed})
        assert read_settings(environment=for_children(settings, {}, config)) == settings, one.name


def test_what_stands_in_a_file_does_not_appear_among_their_variables(tmp_path):
    config = tmp_path / "c.toml"
    config.write_text('elasticsearch_password = "secret"\n')
    settings = read_settings({"engine": "elasticsearch"}, environment={}, config_file=config)
    made = for_children(settings, {"PATH": "/bin"}, config)
    assert made == {"PATH": "/bin", "CBIR_CONFIG": str(config), "CBIR_ENGINE": "elasticsearch"}


def test_a_setting_that_no_variable_can_express_is_named(tmp_path):
    config = tmp_path / "c.toml"
    config.write_text('server_hosts = "example.org"\n')
    settings = replace(read_settings(environment={}, config_file=config), server_hosts="")
    with pytest.raises(InvalidRequestError, match="server_hosts"):
        for_children(settings, {}, config)
