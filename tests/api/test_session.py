"""Logging in with a key, for browsers."""

from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie

import itsdangerous.timed
import pytest

from cbir.api.keys import Keys
from cbir.api.security.logins import COOKIE, LIFETIME, SECRET_FILE, Logins

READ = "/api/v1/metrics"
PAGE = {"Origin": "http://localhost"}


@pytest.fixture
def keys(settings):
    return Keys(settings)


@pytest.fixture
def key(keys):
    return keys.create("tablet", "read")


def cookie_of(answer):
    return SimpleCookie(answer.headers["Set-Cookie"])[COOKIE]


def test_a_key_is_exchanged_for_a_cookie_that_does_as_well(client, key):
    assert client.get(READ).status_code == 401
    answer = client.post("/api/v1/session", json={"key": key})
    assert answer.status_code == 200
    assert (answer.json["role"], answer.json["key"], answer.json["open"]) == ("read", "tablet", False)
    expires = datetime.fromisoformat(answer.json["expires_at"])
    assert abs(expires - datetime.now(UTC) - LIFETIME) < timedelta(minutes=1)
    assert client.get(READ).status_code == 200
    assert client.delete("/api/v1/trash", headers=PAGE).status_code == 403  # a reader's cookie writes nothing


def test_the_cookie_is_for_this_site_and_no_script(client, key):
    cookie = cookie_of(client.post("/api/v1/session", json={"key": key}))
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert not cookie["secure"]
    assert int(cookie["max-age"]) == LIFETIME.total_seconds()
    assert key not in cookie.value


def test_over_tls_it_is_for_tls_alone(client, key):
    assert cookie_of(client.post("https://localhost/api/v1/session", json={"key": key}))["secure"]


def test_a_wrong_key_gives_no_cookie(client, key):
    answer = client.post("/api/v1/session", json={"key": key + "x"})
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("body", [{}, {"key": ""}, {"key": 1}, {"key": "a", "name": "b"}])
def test_what_is_no_key_is_refused(client, body):
    assert client.post("/api/v1/session", json=body).status_code == 422


def test_who_logs_out_has_no_cookie_left(client, key):
    client.post("/api/v1/session", json={"key": key})
    answer = client.delete("/api/v1/session", headers=PAGE)
    assert answer.status_code == 204
    assert client.get_cookie(COOKIE) is None
    assert client.get(READ).status_code == 401


def test_a_login_ends_with_its_key(client, keys, key):
    client.post("/api/v1/session", json={"key": key})
    keys.create("another", "write")
    keys.revoke("tablet")
    assert client.get(READ).status_code == 401
    keys.create("tablet", "read")  # of the same name, and another key
    assert client.get(READ).status_code == 401


def test_a_login_ends_by_itself(client, key, monkeypatch):
    client.post("/api/v1/session", json={"key": key})
    value = client.get_cookie(COOKIE).value
    signer = itsdangerous.timed.TimestampSigner
    now = signer("any").get_timestamp()
    for passed, status in ((LIFETIME - timedelta(hours=1), 200), (LIFETIME + timedelta(hours=1), 401)):
        later = int(now + passed.total_seconds())
        monkeypatch.setattr(signer, "get_timestamp", lambda _self, later=later: later)
        client.set_cookie(COOKIE, value)
        assert client.get(READ).status_code == status


@pytest.mark.parametrize("change", [lambda value: value[:-1], lambda value: "x" + value, lambda _value: "a.b.c"])
def test_a_forged_cookie_is_none(client, key, change):
    client.post("/api/v1/session", json={"key": key})
    client.set_cookie(COOKIE, change(client.get_cookie(COOKIE).value))
    assert client.get(READ).status_code == 401


def test_a_cookie_of_another_server_is_none(client, key, keys, settings, tmp_path):
    client.post("/api/v1/session", json={"key": key})
    (tmp_path / "other").mkdir()
    client.set_cookie(COOKIE, Logins(tmp_path / "other", keys).cookie(keys.find(key)))
    assert client.get(READ).status_code == 401


def test_the_secret_is_made_once_for_all_processes_and_nobody_else_reads_it(keys, key, settings):
    first, second = Logins(settings.data_dir, keys), Logins(settings.data_dir, keys)
    assert second.login(first.cookie(keys.find(key))).key.name == "tablet"
    assert first.login(second.cookie(keys.find(key))).key.name == "tablet"
    assert (settings.data_dir / SECRET_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in settings.data_dir.glob(f".{SECRET_FILE}*")] == []


def test_a_secret_that_cannot_be_written_is_said_without_its_path(client, key, settings):
    (settings.data_dir / SECRET_FILE).mkdir()
    answer = client.post("/api/v1/session", json={"key": key})
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert str(settings.data_dir) not in answer.text
    client.set_cookie(COOKIE, "anything")
    assert client.get(READ).status_code == 503


def test_who_only_looks_leaves_no_secret_behind(client, settings):
    client.set_cookie(COOKIE, "anything")
    assert client.get(READ).status_code == 200
    assert not (settings.data_dir / SECRET_FILE).exists()


def test_everybody_may_ask_what_the_server_takes_them_for(client, make_app, key):
    assert client.get("/api/v1/session").json == {"role": "none", "key": None, "expires_at": None, "open": False}
    headers = {"X-API-Key": key}
    assert client.get("/api/v1/session", headers=headers).json["role"] == "read"


def test_on_a_persons_own_machine_everything_is_open(client):
    assert client.get("/api/v1/session").json == {"role": "write", "key": None, "expires_at": None, "open": True}
