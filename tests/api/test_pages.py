"""The web application's files are delivered beside the API, and only those."""

import gzip
import re
from pathlib import Path

import pytest

from cbir.api import pages

PAGES = Path(__file__).parents[2] / "frontend/src/app/pages.tsx"


@pytest.fixture
def built(tmp_path, monkeypatch):
    """The pages as a build leaves them."""
    (tmp_path / "pages/assets").mkdir(parents=True)
    (tmp_path / "pages/index.html").write_text("<!doctype html><title>cbir</title>")
    (tmp_path / "pages/icon.svg").write_text("<svg/>")
    (tmp_path / "pages/assets/index-abc.js").write_text("start()")
    (tmp_path / "secret").write_text("not for anybody")
    monkeypatch.setattr(pages, "FOLDER", tmp_path / "pages")


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/compare",
        "/why",
        "/see/demo/00ff",
        "/collections",
        "/collections/demo",
        "/evaluations",
        "/evaluations/photos-20261122T141500Z",
    ],
)
def test_every_page_is_the_same_document_that_may_run_only_this_servers_scripts(built, client, address):
    with client.get(address) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-cache"


def test_assets_are_kept_by_browsers_for_good(built, client):
    with client.get("/assets/index-abc.js") as answer:
        assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "address", ["/assets/../../secret", "/assets/%2e%2e/%2e%2e/secret", "/assets//etc/passwd", "/assets/none.js"]
)
def test_nothing_else_is_delivered(built, client, address):
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_a_browser_at_an_address_that_is_nobodys_gets_the_page_that_says_so(built, client):
    with client.get("/nowhere", headers=BROWSER) as answer:
        assert (answer.status_code, answer.mimetype) == (404, "text/html")
        assert "script-src 'self';" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("method", "address", "headers"),
    [
        ("GET", "/nowhere", {}),
        ("GET", "/nowhere", {"Accept": "*/*"}),
        ("GET", "/api/v1/nowhere", BROWSER),
        ("GET", "/assets/nowhere.js", BROWSER),
        ("POST", "/nowhere", BROWSER),
    ],
)
def test_everybody_else_gets_a_problem_document(built, client, method, address, headers):
    answer = client.open(address, method=method, headers=headers)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_what_was_compressed_is_sent_so_to_who_takes_it(built, client, tmp_path):
    packed = gzip.compress(b"start()")
    (tmp_path / "pages/assets/index-abc.js.gz").write_bytes(packed)
    with client.get("/assets/index-abc.js", headers={"Accept-Encoding": "br, gzip"}) as answer:
        assert (answer.status_code, answer.mimetype, answer.data) == (200, "text/javascript", packed)
        assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == ("gzip", "Accept-Encoding")
        assert "immutable" in answer.headers["Cache-Control"]
    for accepted in ("", "identity", "gzip;q=0"):
        with client.get("/assets/index-abc.js", headers={"Accept-Encoding": accepted}) as answer:
            assert (answer.data, answer.headers.get("Content-Encoding")) == (b"start()", None)
            assert answer.headers["Vary"] == "Accept-Encoding"


def test_without_a_build_there_is_the_api_alone(tmp_path, monkeypatch, client):
    monkeypatch.setattr(pages, "FOLDER", tmp_path)
    assert client.get("/").mimetype == "application/problem+json"
    assert client.get("/health").status_code == 200


def test_the_server_knows_the_addresses_of_all_pages():
    paths = {f"/{path}" for path in re.findall(r'path: "([^"*]+)"', PAGES.read_text())}
    known = {re.sub(r"<path:.*>", "", address) for address in pages.ADDRESSES}
    unknown = {path for path in paths if path not in known and not any(path.startswith(one) for one in known - {"/"})}
    assert paths
    assert unknown == set()
