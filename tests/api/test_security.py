"""What keeps the server safe, rule by rule. `python -m tests.api.safety_rules` leaves out one after the other."""

import json
import threading
from dataclasses import replace

import pytest

from cbir.api import security
from cbir.api.keys import FILE, Keys
from cbir.api.security.base import is_loopback
from cbir.api.security.hosts import host_name
from cbir.api.security.logins import COOKIE
from cbir.api.security.rates import WINDOW_S, SlidingWindow
from cbir.errors import AlreadyExistsError, CorruptDataError, InvalidRequestError, NotFoundError

READ, CHANGE = "/api/v1/metrics", "/api/v1/trash"
"""Something that may be read, and (by DELETE) something that changes things."""
ANYWHERE = "0.0.0.0"


@pytest.fixture
def keys(settings):
    """The keys of the data folder."""
    return Keys(settings)


@pytest.fixture
def read_key(keys):
    return keys.create("reader", "read")


@pytest.fixture
def write_key(keys):
    return keys.create("writer", "write")


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def kind(answer):
    assert answer.mimetype == "application/problem+json"
    return answer.status_code, answer.json["type"].rpartition(":")[2]


def test_rules_have_names_of_their_own_and_say_what_they_do():
    assert len({rule.name for rule in security.RULES}) == len(security.RULES)
    assert all(rule.summary.endswith(".") for rule in security.RULES)


# -- keys --------------------------------------------------------------------------------------------------


def test_on_a_persons_own_machine_nobody_needs_a_key(client):
    assert client.get(READ).status_code == 200
    assert client.delete(CHANGE).status_code == 200


def test_behind_a_proxy_everybody_needs_a_key_also_before_there_is_one(make_app, settings):
    client = make_app(replace(settings, server_proxies="127.0.0.1")).test_client()
    assert kind(client.get(READ, headers={"X-Forwarded-For": "203.0.113.9"})) == (401, "unauthorized")
    assert kind(client.delete(CHANGE)) == (401, "unauthorized")


def test_once_a_key_is_made_everybody_needs_one(client, keys):
    assert client.get(READ).status_code == 200
    keys.create("first", "write")
    for answer in (client.get(READ), client.delete(CHANGE)):
        assert kind(answer) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "cbir keys create" in answer.json["remedy"]


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "photos.example"])
def test_on_another_address_than_loopback_everybody_needs_a_key(make_app, address):
    client = make_app(address=address).test_client()
    assert kind(client.get(READ)) == (401, "unauthorized")
    assert kind(client.delete(CHANGE)) == (401, "unauthorized")
    assert kind(client.get("/metrics")) == (401, "unauthorized")
    assert kind(client.get("/api/v1/nothing")) == (401, "unauthorized")


@pytest.mark.parametrize("address", ["/health", "/ready", "/api/v1/openapi.json", "/api/v1/docs/", "/api/v1/session"])
def test_what_tells_nothing_of_the_photographs_needs_no_key(make_app, address):
    assert make_app(address=ANYWHERE).test_client().get(address).status_code == 200


def test_a_key_is_taken_from_either_header(client, write_key):
    assert client.get(READ, headers=bearer(write_key)).status_code == 200
    assert client.get(READ, headers={"X-API-Key": write_key}).status_code == 200
    assert client.delete(CHANGE, headers=bearer(write_key)).status_code == 200


@pytest.mark.parametrize("key", ["wrong", "cbir_", "\xff", " ", "0" * 10_000])
def test_a_wrong_key_is_refused_also_where_none_is_needed(make_app, settings, key):
    public = make_app(replace(settings, server_public=True)).test_client()
    assert kind(public.get(READ, headers=bearer("x" + key))) == (401, "unauthorized")


def test_a_public_server_may_be_read_and_not_changed(make_app, settings):
    client = make_app(replace(settings, server_public=True), address=ANYWHERE).test_client()
    assert client.get(READ).status_code == 200
    assert kind(client.delete(CHANGE)) == (401, "unauthorized")


def test_keys_of_the_settings_count(make_app, settings):
    named = replace(settings, server_read_keys="one, two", server_write_keys="three")
    client = make_app(named).test_client()
    assert kind(client.get(READ)) == (401, "unauthorized")
    assert client.get(READ, headers=bearer("one")).status_code == 200
    assert client.get(READ, headers=bearer("two")).status_code == 200
    assert kind(client.delete(CHANGE, headers=bearer("two"))) == (403, "forbidden")
    assert client.delete(CHANGE, headers=bearer("three")).status_code == 200


def test_a_revoked_key_counts_no_more(client, keys, read_key, write_key):
    keys.revoke("reader")
    assert kind(client.get(READ, headers=bearer(read_key))) == (401, "unauthorized")
    assert client.get(READ, headers=bearer(write_key)).status_code == 200


def test_while_the_file_of_keys_cannot_be_read_nobody_is_let_in(client, keys, write_key, settings):
    (settings.data_dir / FILE).write_text("damaged")
    assert client.get(READ, headers=bearer(write_key)).status_code == 503
    assert client.get(READ).status_code == 503
    assert client.get("/health").status_code == 200


def test_a_key_is_kept_as_a_hash_that_only_the_owner_may_read(keys, settings):
    secret = keys.create("phone", "read")
    file = settings.data_dir / FILE
    assert secret not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert keys.find(secret).name == "phone"
    assert keys.find(secret + "x") is None


def test_keys_are_different_and_long(keys):
    made = [keys.create(str(number), "read") for number in range(20)]
    assert len(set(made)) == 20
    assert all(len(key.removeprefix("cbir_")) == 43 for key in made)  # 256 bits in base64


def test_names_of_keys_are_taken_once_and_revoked_once(keys, read_key):
    with pytest.raises(AlreadyExistsError, match="reader"):
        keys.create("reader", "write")
    keys.revoke("reader")
    with pytest.raises(NotFoundError, match="reader"):
        keys.revoke("reader")


def test_keys_that_are_made_at_the_same_time_are_all_kept(settings):
    threads = [
        threading.Thread(target=lambda number=number: Keys(settings).create(str(number), "read"))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key.name for key in Keys(settings).kept()} == set("01234567")


@pytest.mark.parametrize(("name", "role"), [("", "read"), (" ", "read"), ("phone", "admin")])
def test_a_key_needs_a_name_and_a_role(keys, name, role):
    with pytest.raises(InvalidRequestError):
        keys.create(name, role)
    assert keys.all() == ()


@pytest.mark.parametrize("content", ["{", "[1]", '[{"name": "a"}]', "{}x"])
def test_a_damaged_file_of_keys_is_said_to_be_one(keys, settings, content):
    settings.data_dir.mkdir(exist_ok=True)
    (settings.data_dir / FILE).write_text(content)
    with pytest.raises(CorruptDataError, match=FILE):
        keys.all()


def test_a_key_of_an_unknown_role_is_damage(keys, read_key, settings):
    file = settings.data_dir / FILE
    file.write_text(json.dumps([{**row, "role": "admin"} for row in json.loads(file.read_text())]))
    with pytest.raises(CorruptDataError):
        Keys(settings).all()


# -- roles -------------------------------------------------------------------------------------------------


def test_a_key_for_reading_changes_nothing(client, read_key):
    assert client.get(READ, headers=bearer(read_key)).status_code == 200
    answer = client.delete(CHANGE, headers=bearer(read_key))
    assert kind(answer) == (403, "forbidden")
    assert "reader" in answer.json["detail"]


# -- hosts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000", "LOCALHOST", "localhost."]
)
def test_loopback_has_these_names(client, host):
    assert client.get(READ, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.1.5"),
        *("evil.example@localhost", "localhost/evil", "localhost#", "notlocalhost", "", "[", "[::1", "a b"),
    ],
)
def test_a_name_that_was_bound_to_this_machine_is_refused(client, host):
    answer = client.get(READ, headers={"Host": host})
    assert kind(answer) == (421, "misdirected")
    assert "server_hosts" in answer.json["remedy"]


def test_hosts_that_the_settings_name_are_the_servers_own(make_app, settings):
    app = make_app(replace(settings, server_hosts="photos.example, nas.local"), address="192.168.1.5")
    client = app.test_client()
    for host in ("photos.example", "NAS.local:8000", "192.168.1.5:8000", "127.0.0.1"):
        assert client.get("/health", headers={"Host": host}).status_code == 200
    assert client.get("/health", headers={"Host": "192.168.1.6"}).status_code == 421


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_a_server_on_all_addresses_answers_to_each_of_them_and_to_no_strange_name(make_app, address):
    client = make_app(address=address).test_client()
    for host in ("192.168.1.5:8000", "10.0.0.1", "[fe80::1]:8000", "localhost"):
        assert client.get("/health", headers={"Host": host}).status_code == 200
    assert client.get("/health", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    ("host", "name"),
    [("Photos.example:80", "photos.example"), ("[::1]:8000", "::1"), ("a.", "a"), ("a/b", ""), ("[", ""), ("", "")],
)
def test_the_name_in_a_host_header(host, name):
    assert host_name(host) == name


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "unix:/run/cbir.sock"])
def test_addresses_that_only_this_machine_reaches(address):
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.0.0.1", "example.org", "", "localhost.example"])
def test_addresses_that_others_reach(address):
    assert not is_loopback(address)


# -- origins -----------------------------------------------------------------------------------------------

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:3000"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_page_of_another_origin_changes_nothing(client, headers):
    answer = client.delete(CHANGE, headers=headers)
    assert kind(answer) == (403, "cross-site")
    assert "server_origins" in answer.json["remedy"]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("type", ["application/json", "multipart/form-data; boundary=x", "text/plain", None])
def test_its_posts_are_refused_whatever_they_bring(client, headers, type):
    for address in ("/api/v1/collections", "/api/v1/search", "/api/v1/session"):
        answer = client.post(address, data=b"{}", content_type=type, headers=headers)
        assert kind(answer) == (403, "cross-site")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_the_servers_own_pages_and_programs_may_change_things(client, headers):
    assert client.delete(CHANGE, headers=headers).status_code == 200


def test_an_origin_that_the_settings_name_may_change_things(make_app, settings):
    client = make_app(replace(settings, server_origins="https://photos.example")).test_client()
    headers = {"Origin": "https://photos.example", "Sec-Fetch-Site": "cross-site"}
    assert client.delete(CHANGE, headers=headers).status_code == 200
    assert kind(client.delete(CHANGE, headers={"Origin": "http://photos.example"})) == (403, "cross-site")


@pytest.mark.parametrize("origin", ["*", "photos.example", "https://a.example/path", "file://x", "https://"])
def test_what_is_no_origin_is_refused_at_the_start(make_app, settings, origin):
    with pytest.raises(InvalidRequestError, match="server_origins"):
        make_app(replace(settings, server_origins=origin))


# -- forgery -----------------------------------------------------------------------------------------------


@pytest.fixture
def logged_in(client, write_key):
    """A browser with a login cookie."""
    assert client.post("/api/v1/session", json={"key": write_key}).status_code == 200
    return client


def test_a_change_with_a_cookie_has_to_say_its_page(logged_in):
    assert logged_in.get(READ).status_code == 200
    assert kind(logged_in.delete(CHANGE)) == (403, "cross-site")
    assert logged_in.delete(CHANGE, headers={"Origin": "http://localhost"}).status_code == 200
    assert logged_in.delete(CHANGE, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


@pytest.mark.parametrize("headers", [{"X-API-Key": ""}, {"Authorization": "Basic dTpw"}])
def test_a_header_without_a_key_does_not_speak_for_a_cookie(logged_in, headers):
    assert kind(logged_in.delete(CHANGE, headers=headers)) == (403, "cross-site")


def test_a_cookie_serves_no_page_of_another_origin_even_one_that_is_named(make_app, settings, write_key):
    client = make_app(replace(settings, server_origins="https://photos.example")).test_client()
    client.post("/api/v1/session", json={"key": write_key})
    headers = {"Origin": "https://photos.example"}
    assert kind(client.delete(CHANGE, headers=headers)) == (403, "cross-site")
    assert client.delete(CHANGE, headers={**headers, **bearer(write_key)}).status_code == 200


# -- cors --------------------------------------------------------------------------------------------------

PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


def cors_headers(answer):
    return {name for name, _ in answer.headers if name.startswith("Access-Control-")}


def test_no_other_origin_is_let_in_by_default(client):
    headers = {"Origin": "https://photos.example"}
    assert cors_headers(client.get(READ, headers=headers)) == set()
    assert cors_headers(client.options("/api/v1/search", headers={**headers, **PREFLIGHT})) == set()


def test_an_origin_that_is_named_is_let_in_without_cookies(make_app, settings, write_key):
    client = make_app(replace(settings, server_origins="https://photos.example/, https://b.example")).test_client()
    headers = {"Origin": "https://photos.example"}
    asked = client.options("/api/v1/search", headers={**headers, **PREFLIGHT})
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "https://photos.example"
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    got = client.get(READ, headers={**headers, **bearer(write_key)})
    assert got.status_code == 200
    assert got.headers["Access-Control-Allow-Origin"] == "https://photos.example"
    refused = client.get(READ, headers=headers)
    assert kind(refused) == (401, "unauthorized")
    assert refused.headers["Access-Control-Allow-Origin"] == "https://photos.example"
    for answer in (asked, got, refused):
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Origin" in answer.vary


def test_others_are_not(make_app, settings):
    client = make_app(replace(settings, server_origins="https://photos.example")).test_client()
    headers = {"Origin": "https://evil.example"}
    assert cors_headers(client.get(READ, headers=headers)) == set()
    assert cors_headers(client.options("/api/v1/search", headers={**headers, **PREFLIGHT})) == set()
    assert "Origin" in client.get(READ, headers=headers).vary


# -- proxies -----------------------------------------------------------------------------------------------


@pytest.fixture
def seen(make_app, settings):
    """What the application takes a request for, that comes from ``by`` with these headers."""

    def ask(by, headers, proxies="10.0.0.0/8, ::1"):
        app = make_app(replace(settings, server_proxies=proxies, server_hosts="photos.example"))
        seen = {}

        @app.before_request
        def look():
            from flask import request

            seen.update(address=request.remote_addr, scheme=request.scheme, host=request.host)
            seen["forwarded"] = [name for name, _ in request.headers if "Forwarded" in name]

        app.test_client().get("/health", headers=headers, environ_base={"REMOTE_ADDR": by})
        return seen

    return ask


SAID = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "photos.example",
    "Host": "127.0.0.1",
}


def test_a_proxy_that_is_named_is_believed(seen):
    expected = {"address": "203.0.113.9", "scheme": "https", "host": "photos.example", "forwarded": []}
    assert seen("10.1.2.3", SAID) == expected
    assert seen("::1", SAID) == expected


def test_nobody_else_is_believed(seen):
    expected = {"address": "192.168.1.9", "scheme": "http", "host": "127.0.0.1", "forwarded": []}
    assert seen("192.168.1.9", SAID) == expected
    assert seen("192.168.1.9", {**SAID, "Forwarded": "for=1.1.1.1"}, proxies="") == expected


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1, 203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.5.5.5, 10.9.9.9", "10.5.5.5"),
        ("1.1.1.1, nonsense, 10.9.9.9", "10.9.9.9"),
        ("", "10.1.2.3"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_client_is_the_right_most_address_that_is_no_proxy(seen, chain, client):
    assert seen("10.1.2.3", {"X-Forwarded-For": chain})["address"] == client


def test_a_client_cannot_forge_its_address_or_the_scheme_through_a_proxy(seen):
    said = {"X-Forwarded-For": "127.0.0.1, 203.0.113.9", "X-Forwarded-Proto": "https, http"}
    found = seen("10.1.2.3", said)
    assert (found["address"], found["scheme"]) == ("203.0.113.9", "http")


def test_a_proxy_that_is_no_address_is_refused_at_the_start(make_app, settings):
    with pytest.raises(InvalidRequestError, match="server_proxies"):
        make_app(replace(settings, server_proxies="nginx"))


# -- rates -------------------------------------------------------------------------------------------------


@pytest.fixture
def limited(make_app, settings):
    """A server of two processes that allows six requests a minute, of which this one takes three."""
    return make_app(replace(settings, server_rate=6, server_workers=2)).test_client()


def test_an_address_has_so_many_requests_a_minute(limited):
    assert [limited.get(READ).status_code for _ in range(3)] == [200] * 3
    answer = limited.get(READ)
    assert kind(answer) == (429, "too-many-requests")
    assert 0 < int(answer.headers["Retry-After"]) <= 2 * WINDOW_S
    assert limited.get(READ, environ_base={"REMOTE_ADDR": "127.0.0.2"}).status_code == 200


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::1", "::1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_a_network_of_ipv6_addresses_is_one_caller(limited, first, second, same):
    for _ in range(3):
        assert limited.get(READ, environ_base={"REMOTE_ADDR": first}).status_code == 200
    assert (limited.get(READ, environ_base={"REMOTE_ADDR": second}).status_code == 429) is same


def test_a_key_has_its_own_number_wherever_it_comes_from(limited, read_key, write_key):
    addresses = [{"REMOTE_ADDR": f"127.0.0.{number}"} for number in range(1, 4)]
    for address in addresses:
        assert limited.get(READ, headers=bearer(read_key), environ_base=address).status_code == 200
    assert limited.get(READ, headers=bearer(read_key)).status_code == 429
    assert limited.get(READ, headers=bearer(write_key)).status_code == 200


def test_wrong_keys_are_counted_by_address(limited, read_key):
    statuses = [limited.get(READ, headers=bearer(f"wrong{number}")).status_code for number in range(5)]
    assert statuses == [401, 401, 401, 429, 429]


def test_a_monitor_may_ask_at_will(limited):
    assert {limited.get("/health").status_code for _ in range(10)} == {200}


def test_the_small_pictures_of_a_page_are_not_counted(limited, indexed):
    address = f"/api/v1/collections/default/images/{indexed[0]}/thumbnail"
    assert {limited.get(address).status_code for _ in range(10)} == {200}


def counted(allowed, times):
    now = [0.0]
    window = SlidingWindow(allowed, lambda: now[0])
    found = []
    for time in times:
        now[0] = time
        found.append(window.count("one"))
    return found


def test_the_window_slides():
    # ten at the end of the first minute: of the second, a tenth has passed after six seconds, so one is allowed
    waits = counted(10, [59.0] * 10 + [60.0, 66.0, 66.0])
    assert waits[:10] == [0] * 10
    assert waits[10] > 0
    assert waits[11] == 0
    assert waits[12] > 0


def test_who_waits_as_long_as_told_is_let_in():
    for times in ([0.0] * 4, [30.0] * 4, [59.9] * 4, [10.0, 50.0, 70.0, 80.0, 90.0, 95.0, 99.0]):
        waits = counted(3, times)
        last = next(place for place, wait in enumerate(waits) if wait)
        again = [*times[: last + 1], times[last] + waits[last] + 0.001]
        assert counted(3, again)[-1] == 0, times


def test_no_more_than_allowed_in_any_minute_of_even_requests():
    waits = counted(60, [second / 4 for second in range(4 * 600)])
    accepted = [place / 4 for place, wait in enumerate(waits) if wait == 0]
    most = max(sum(start <= time < start + WINDOW_S for time in accepted) for start in accepted)
    assert most <= 2 * 60  # two full numbers can meet at a border, and only once the first has faded
    assert len(accepted) <= 60 * 10 + 60


def test_the_past_is_forgotten():
    assert counted(2, [0.0, 1.0, 500.0, 501.0])[-1] == 0


def test_callers_are_forgotten_before_there_are_too_many():
    from cbir.api.security import rates

    window = SlidingWindow(1, lambda: 0.0)
    for number in range(rates.REMEMBERED + 5):
        window.count(str(number))
    assert len(window._counts) == rates.REMEMBERED


# -- headers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [READ, "/api/v1/nothing", "/health", "/api/v1/docs/"])
def test_browsers_are_told_to_guess_nothing_and_load_nothing(client, address):
    headers = client.get(address).headers
    policy = dict(rule.strip().partition(" ")[::2] for rule in headers["Content-Security-Policy"].split(";"))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_answers_of_data_are_kept_by_no_cache(client):
    assert client.get(READ).headers["Cache-Control"] == "no-store"


# -- sizes -------------------------------------------------------------------------------------------------


@pytest.fixture
def small(make_app, settings):
    """A server of pictures of at most 1 MiB, so of forms of at most 11 MiB."""
    return make_app(replace(settings, server_upload_mb=1)).test_client()


def test_too_much_json_is_refused(small):
    answer = small.post("/api/v1/session", json={"key": "x" * (2 << 20)})
    assert kind(answer) == (413, "too-large")
    assert answer.json["remedy"]


def form_parts(count, size):
    part = b'--x\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\n' + b"y" * size + b"\r\n"
    return part * count + b"--x--\r\n"


@pytest.mark.parametrize(
    ("count", "size"), [(12, 1 << 20), (1, 12 << 20), (2500, 1)], ids=["many large", "one huge", "very many"]
)
def test_too_large_a_form_is_refused(small, indexed, count, size):
    answer = small.post(
        "/api/v1/collections/default/images",
        data=form_parts(count, size),
        content_type="multipart/form-data; boundary=x",
    )
    assert kind(answer) == (413, "too-large")


def test_a_form_with_a_long_text_is_refused(small, indexed):
    text = b'--x\r\nContent-Disposition: form-data; name="labels"\r\n\r\n' + b"z" * (2 << 20) + b"\r\n--x--\r\n"
    answer = small.post(
        "/api/v1/collections/default/images", data=text, content_type="multipart/form-data; boundary=x"
    )
    assert kind(answer) == (413, "too-large")


def test_the_cookies_name_is_the_one_in_the_schema(client):
    assert client.get("/api/v1/openapi.json").json["components"]["securitySchemes"]["cookie"]["name"] == COOKIE
