import json
import re

import pytest

from cbir.api.keys import Keys
from cbir.api.roles import Role
from cbir.settings import read_settings


@pytest.fixture
def keys(tmp_path):
    """The keys as a server of the same data folder reads them."""
    return Keys(read_settings(environment={"CBIR_DATA_DIR": str(tmp_path / "data"), "CBIR_CONFIG": ""}))


@pytest.mark.parametrize(("flags", "allowed"), [((), Role.READ), (("--role", "write"), Role.WRITE)])
def test_a_key_is_printed_alone_and_a_running_server_knows_it_at_once(cbir, keys, flags, allowed):
    assert keys.all() == ()
    result = cbir("keys", "create", "anna", *flags)
    assert result.code == 0
    assert re.fullmatch(r"\S{40,}\n", result.out)
    assert keys.find(result.out.strip()).allows is allowed
    assert "anna" in result.err
    assert result.out.strip() not in result.err


def test_a_key_as_json(cbir, keys):
    answer = cbir("keys", "create", "importer", "--role", "write", "--json").json
    assert (answer["name"], answer["role"]) == ("importer", "write")
    assert keys.find(answer["key"]).name == "importer"


def test_the_list_names_keys_and_shows_none(cbir):
    assert "There is no key yet" in cbir("keys", "list").err
    secrets = [cbir("keys", "create", name).out.strip() for name in ("anna", "ben")]
    for result in (cbir("keys", "list"), cbir("keys", "list", "--json")):
        assert "anna" in result.out
        assert "ben" in result.out
        assert not [secret for secret in secrets if secret in result.out + result.err]
    rows = cbir("keys", "list", "--json").json["keys"]
    assert [(row["name"], row["role"]) for row in rows] == [("anna", "read"), ("ben", "read")]


def test_no_key_stands_in_a_file(cbir, tmp_path):
    secret = cbir("keys", "create", "anna").out.strip()
    for path in (tmp_path / "data").rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes()
        assert not path.is_file() or path.stat().st_mode & 0o077 == 0


def test_a_revoked_key_is_worthless_at_once(cbir, keys):
    secret = cbir("keys", "create", "anna").out.strip()
    assert keys.find(secret)
    assert cbir("keys", "revoke", "anna").code == 0
    assert keys.find(secret) is None


def test_revoking_the_last_key_says_that_the_server_is_open_now(cbir):
    cbir("keys", "create", "anna")
    cbir("keys", "create", "ben")
    assert "last key" not in cbir("keys", "revoke", "anna").err
    assert "last key" in cbir("keys", "revoke", "ben").err


def test_a_second_key_of_the_name_and_an_unknown_one_are_refused(cbir):
    cbir("keys", "create", "anna")
    again = cbir("keys", "create", "anna")
    assert again.code == 1
    assert "There is a key 'anna' already" in again.err
    unknown = cbir("keys", "revoke", "ben")
    assert unknown.code == 1
    assert "No key is called 'ben'" in unknown.err


def test_a_role_that_is_none_is_wrong_usage(cbir):
    assert cbir("keys", "create", "anna", "--role", "admin").code == 2


def test_keys_in_the_settings_are_listed_without_a_date(tmp_path, capsys):
    from cbir.cli.main import run

    environment = {"CBIR_DATA_DIR": str(tmp_path), "CBIR_CONFIG": "", "CBIR_SERVER_READ_KEYS": "a-secret"}
    with pytest.raises(SystemExit):
        run(["keys", "list", "--json"], environment)
    text = capsys.readouterr().out
    (row,) = json.loads(text)["keys"]
    assert (row["role"], row["created"]) == ("read", None)
    assert "a-secret" not in text
