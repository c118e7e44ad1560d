"""What `cbir serve` refuses, and what it tells; the server itself is tried in tests/serving."""

import os
import socket
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cbir.api.keys import Keys
from cbir.cli import serve
from cbir.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data")


def test_a_folder_that_is_not_there_is_named(cbir, tmp_path):
    result = cbir("serve", tmp_path / "missing")
    assert result.code == 1
    assert f"There is no folder {tmp_path / 'missing'}" in result.err


def test_a_folder_whose_name_has_the_separator_is_refused(cbir, tmp_path):
    folder = tmp_path / f"a{os.pathsep}b"
    folder.mkdir()
    result = cbir("serve", folder)
    assert result.code == 1
    assert f"has a '{os.pathsep}' in its name" in result.err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--host", "203.0.113.7"), "203.0.113.7 is no address of this machine. Give one: 127.0.0.1"),
        (("--host", "no such name"), "'no such name' is no address, and no name that has one."),
        (("--dev", "--host", "0.0.0.0"), "Leave --dev or --host out."),
    ],
)
def test_an_address_that_cannot_be_is_named_with_the_remedy(cbir, tmp_path, flags, said):
    result = cbir("serve", *flags)
    assert result.code == 1
    assert said in result.err
    assert result.err.count("\n") == 1
    assert not (tmp_path / "data/run/server.json").exists()


def test_a_port_in_use_is_named_and_frees_the_data_folder(cbir):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        for _ in range(2):
            result = cbir("serve", "--port", port)
            assert result.code == 1
            assert f"Another program listens on port {port} of 127.0.0.1 already." in result.err


@pytest.mark.parametrize("flags", [("--port", "0"), ("--port", "65536"), ("--workers", "0")])
def test_numbers_that_mean_nothing_are_wrong_usage(cbir, flags):
    assert cbir("serve", *flags).code == 2


def told(settings, capsys):
    serve._introduce(settings, "http://127.0.0.1:8000")
    return dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())


def test_on_loopback_no_key_is_needed_until_there_is_one(settings, capsys):
    assert told(settings, capsys)["Keys"].startswith("none needed")
    Keys(settings).create("anna", "read")
    assert told(settings, capsys)["Keys"] == "needed by everybody"


def test_behind_a_proxy_everybody_needs_a_key(settings, capsys):
    assert told(replace(settings, server_proxies="127.0.0.1"), capsys)["Keys"].startswith("needed by everybody")


def test_elsewhere_a_terminal_is_shown_a_first_key_once(settings, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    open_to_others = replace(settings, server_host="0.0.0.0")
    line = told(open_to_others, capsys)["Keys"]
    keys = Keys(settings)
    (made,) = keys.all()
    assert (made.name, made.role) == (serve.FIRST_KEY, "write")
    assert keys.find(line.rsplit(maxsplit=1)[1]) == made
    assert told(open_to_others, capsys)["Keys"] == "needed by everybody"


def test_a_log_is_shown_no_key(settings, capsys):
    line = told(replace(settings, server_host="0.0.0.0", server_public=True), capsys)["Keys"]
    assert line == "needed to change anything, and there is none yet: cbir keys create NAME --role write"
    assert Keys(settings).all() == ()


def test_folders_that_may_be_indexed_are_told(settings, capsys):
    named = replace(settings, server_roots="/photos:/more")
    assert told(named, capsys)["To"] == f"index  /photos, /more, {Path.home()} (your home folder)"
    assert told(replace(named, server_host="0.0.0.0"), capsys)["To"] == "index  /photos, /more"
    assert told(replace(settings, server_host="0.0.0.0"), capsys)["To"].startswith("index  no folder over HTTP")
