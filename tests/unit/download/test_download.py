from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tests.unruly_site import Site

from cbir import download as download_module
from cbir.download import Downloader, is_https
from cbir.errors import DownloadError, StorageFullError

CONTENT = np.random.default_rng(1).bytes(700_000)
LIMIT = 10**7


def test_a_file_arrives_whole_with_progress(site: Site, downloader: Downloader, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = downloader.download(
        site.url("/w.h5", CONTENT), tmp_path, size=len(CONTENT), limit=LIMIT, progress=lambda *now: seen.append(now)
    )
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [have for have, _ in seen] == sorted(have for have, _ in seen)
    assert list(tmp_path.iterdir()) == [path]


def test_a_cut_connection_is_resumed_where_it_ended(site: Site, downloader: Downloader, tmp_path: Path) -> None:
    site.cuts = [300_000, 100_000]
    path = downloader.download(site.url("/w.h5", CONTENT), tmp_path, limit=LIMIT)
    assert path.read_bytes() == CONTENT
    assert [asked for _, asked in site.requests] == ["", "bytes=300000-", "bytes=400000-"]


def test_a_later_call_resumes_an_earlier_one(site: Site, downloader: Downloader, tmp_path: Path) -> None:
    site.cuts = [50_000] * downloader.attempts
    with pytest.raises(DownloadError, match=r"broke off 4 times \(200,000 of 700,000 bytes\)"):
        downloader.download(site.url("/w.h5", CONTENT), tmp_path, limit=LIMIT)
    assert downloader.download(site.url("/w.h5"), tmp_path, limit=LIMIT).read_bytes() == CONTENT
    assert site.requests[-1] == ("/w.h5", "bytes=200000-")


def test_a_file_that_changed_on_the_server_is_not_glued_to_the_old_beginning(
    site: Site, downloader: Downloader, tmp_path: Path
) -> None:
    site.cuts = [50_000] * downloader.attempts
    with pytest.raises(DownloadError):
        downloader.download(site.url("/w.h5", CONTENT), tmp_path, limit=LIMIT)
    changed = CONTENT[::-1]
    assert downloader.download(site.url("/w.h5", changed), tmp_path, limit=LIMIT).read_bytes() == changed


def test_a_missing_file_is_said_so(site: Site, downloader: Downloader, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="the server answered 404 Not Found"):
        downloader.download(site.url("/none.h5"), tmp_path, limit=LIMIT)


def test_a_hanging_server_is_given_up(site: Site, tmp_path: Path) -> None:
    site.hangs.set()
    site.cuts = [1000, 0]
    impatient = Downloader(timeout=0.2, attempts=2, permitted=site.owns)
    with pytest.raises(DownloadError, match=r"broke off 2 times \(no byte within the time-out\)"):
        impatient.download(site.url("/w.h5", CONTENT), tmp_path, limit=LIMIT)


def test_a_server_that_accepts_and_says_nothing_is_given_up(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/w.h5"
        with pytest.raises(DownloadError, match=r"no answer within 0\.2 seconds"):
            Downloader(timeout=0.2, permitted=lambda _: True).download(url, tmp_path, limit=LIMIT)


def test_nobody_listening_is_not_reachable(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/w.h5"
    with pytest.raises(DownloadError, match=r"not reachable \(Connection refused\)"):
        Downloader(permitted=lambda _: True).download(url, tmp_path, limit=LIMIT)


def test_plain_http_is_refused_before_anything_is_sent(site: Site, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="only https"):
        Downloader().download(site.url("/w.h5", CONTENT), tmp_path, limit=LIMIT)
    assert site.requests == []


def test_only_https_is_permitted_by_default() -> None:
    assert is_https("https://a/b")
    for url in ("http://a/b", "file:///a", "ftp://a/b", "//a/b", "a"):
        assert not is_https(url)


def test_a_redirect_is_followed_only_to_a_permitted_address(
    site: Site, downloader: Downloader, tmp_path: Path
) -> None:
    site.redirects = {"/moved.h5": site.url("/w.h5", CONTENT), "/away.h5": "http://localhost:1/w.h5"}
    assert downloader.download(site.url("/moved.h5"), tmp_path, limit=LIMIT).read_bytes() == CONTENT
    with pytest.raises(DownloadError, match=r"redirects to http://localhost:1/w\.h5, which is not https"):
        downloader.download(site.url("/away.h5"), tmp_path, limit=LIMIT)


def test_more_than_the_limit_is_broken_off(site: Site, downloader: Downloader, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="would send 700,000 bytes, 1,000 are expected"):
        downloader.download(site.url("/w.h5", CONTENT), tmp_path, limit=1000)
    site.announces_length = False
    with pytest.raises(DownloadError, match="more than the 1,000 bytes"):
        downloader.download(site.url("/w.h5"), tmp_path, limit=1000)


def test_too_few_bytes_are_noticed_and_not_resumed(site: Site, downloader: Downloader, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="sent 700,000 bytes instead of 700,001"):
        downloader.download(site.url("/w.h5", CONTENT), tmp_path, size=700_001, limit=LIMIT)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_noticed_before_the_transfer(
    site: Site, downloader: Downloader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module.shutil, "disk_usage", lambda _: SimpleNamespace(free=699_999))
    with pytest.raises(StorageFullError, match=r"699,999 bytes free, and 700,000 are needed"):
        downloader.download(site.url("/w.h5", CONTENT), tmp_path, limit=LIMIT)


def test_two_addresses_with_one_file_name_do_not_meet(site: Site, downloader: Downloader, tmp_path: Path) -> None:
    first = downloader.download(site.url("/a/w.h5", b"first"), tmp_path, limit=LIMIT)
    second = downloader.download(site.url("/b/w.h5", b"second"), tmp_path, limit=LIMIT)
    assert (first.read_bytes(), second.read_bytes()) == (b"first", b"second")


def test_downloads_in_threads_do_not_meet(site: Site, downloader: Downloader, tmp_path: Path) -> None:
    found: dict[int, bytes] = {}

    def get(number: int) -> None:
        path = downloader.download(site.url(f"/{number}.h5"), tmp_path, limit=LIMIT)
        found[number] = path.read_bytes()

    for number in range(4):
        site.files[f"/{number}.h5"] = bytes([number]) * 100_000
    threads = [threading.Thread(target=get, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: bytes([number]) * 100_000 for number in range(4)}
