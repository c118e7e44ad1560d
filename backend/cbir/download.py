"""Download one file over HTTPS: resumable, with time-outs, a size limit and progress."""

from __future__ import annotations

import hashlib
import os
import shutil
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from cbir import __version__
from cbir.errors import DownloadError, StorageFullError

Progress = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes expected, 0 where nobody knows."""

_BLOCK = 2**18
_PARTIAL = 206
_NOT_SATISFIABLE = 416


def is_https(url: str) -> bool:
    """The only kind of address that files are fetched from."""
    return urlsplit(url).scheme == "https"


class _PermittedRedirects(HTTPRedirectHandler):
    def __init__(self, permitted: Callable[[str], bool]) -> None:
        self._permitted = permitted

    def redirect_request(  # noqa: PLR0913, PLR0917 -- urllib's signature
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if not self._permitted(newurl):
            raise DownloadError(f"it redirects to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _CutError(Exception):
    """The connection ended before the file did."""


@dataclass(frozen=True, slots=True)
class Downloader:
    """How files are downloaded."""

    timeout: float = 10.0
    """Seconds to connect, and seconds without a byte, after which a server counts as gone."""
    attempts: int = 4
    """Connections a file; each goes on where the last one was cut."""
    permitted: Callable[[str], bool] = is_https
    """Which addresses may be opened, also by a redirect."""

    def download(
        self, url: str, folder: Path, *, size: int = 0, limit: int, progress: Progress | None = None
    ) -> Path:
        """Bring ``url`` into ``folder`` and return the finished file.

        An interrupted download leaves `NAME.part` and the server's mark of its version, so that a later call goes
        on where it ended if the server still has that version.

        Args:
            url: the address.
            folder: where the file will lie, under a name that begins with a hash of the address.
            size: bytes that the file must have, 0 where that is not known.
            limit: bytes beyond which the download is broken off.
            progress: told after every block.

        Raises:
            DownloadError: not permitted, unreachable, cut off too often, or of another size; in words that
                continue "SOURCE: …".
            StorageFullError: ``folder`` has not enough space.
        """
        if not self.permitted(url):
            raise DownloadError("only https addresses are fetched")
        target = folder / f"{hashlib.sha256(url.encode()).hexdigest()[:12]}-{PurePosixPath(urlsplit(url).path).name}"
        part = target.with_name(target.name + ".part")
        for attempt in range(1, self.attempts + 1):
            try:
                self._transfer(url, part, size or limit, progress)
                break
            except _CutError as error:
                if attempt == self.attempts:
                    raise DownloadError(f"it broke off {attempt} times ({error})") from None
        if size and part.stat().st_size != size:
            found = part.stat().st_size
            _forget(part)
            raise DownloadError(f"it sent {found:,} bytes instead of {size:,}")
        os.replace(part, target)
        _forget(part)
        return target

    def _transfer(self, url: str, part: Path, limit: int, progress: Progress | None) -> None:
        """Append what is missing to ``part``; `_CutError` where the connection ended too early."""
        try:
            with self._open(url, part) as response:
                have = part.stat().st_size if response.status == _PARTIAL else 0
                total = have + int(response.headers.get("Content-Length") or 0)
                _check_room(part, total, have, limit)
                _mark_file(part).write_text(response.headers.get("ETag", ""), "utf-8")
                with part.open("ab" if have else "wb") as file:
                    for block in _blocks(response):
                        have += len(block)
                        if have > limit:
                            raise DownloadError(f"it sends more than the {limit:,} bytes expected")
                        file.write(block)
                        file.flush()
                        if progress:
                            progress(have, total)
                    os.fsync(file.fileno())
        except (HTTPException, ConnectionError, ssl.SSLError) as error:
            raise _CutError(f"connection lost: {error}") from None
        if total and have < total:
            raise _CutError(f"{have:,} of {total:,} bytes")

    def _open(self, url: str, part: Path) -> Any:
        headers = {"User-Agent": f"cbir/{__version__}", "Accept-Encoding": "identity"}
        mark = _mark(part)
        if mark:
            headers |= {"Range": f"bytes={part.stat().st_size}-", "If-Range": mark}
        opener = build_opener(_PermittedRedirects(self.permitted))
        try:
            return opener.open(Request(url, headers=headers), timeout=self.timeout)  # noqa: S310 -- scheme was checked
        except HTTPError as error:
            error.close()
            if error.code == _NOT_SATISFIABLE:
                _forget(part)
                raise _CutError("the rest is not to be had") from None
            raise DownloadError(f"the server answered {error.code} {error.reason}") from None
        except URLError as error:
            raise DownloadError(f"not reachable ({_reason(error.reason)})") from None
        except TimeoutError:
            raise DownloadError(f"no answer within {self.timeout:g} seconds") from None


@dataclass(frozen=True, slots=True)
class Checksums:
    """Lowercase hex checksums of one file."""

    sha256: str
    md5: str


def checksums(path: Path) -> Checksums:
    """The checksums of the file at ``path``, read once."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(2**20):
            sha256.update(block)
            md5.update(block)
    return Checksums(sha256.hexdigest(), md5.hexdigest())


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at an address, and what is known of it beforehand."""

    url: str
    size: int = 0
    """Bytes, 0 where that is not known."""
    sha256: str = ""
    md5: str = ""
    """For publishers that give no SHA-256. No other file with a given MD5 can be made, though pairs with the same
    one can."""

    def bring(self, folder: Path, downloader: Downloader, *, limit: int, progress: Progress | None = None) -> Path:
        """The file in ``folder``, checked as far as its size and checksum are known; another one is not kept.

        Raises:
            DownloadError: as `Downloader.download`; or its checksum is another.
            StorageFullError: no space left for it.
        """
        path = downloader.download(self.url, folder, size=self.size, limit=limit, progress=progress)
        if (self.sha256 or self.md5) and not self.holds(found := checksums(path)):
            path.unlink()
            expected, actual = (self.sha256, found.sha256) if self.sha256 else (self.md5, found.md5)
            raise DownloadError(f"it sent another file: checksum {actual}, expected {expected}")
        return path

    def holds(self, checksums: Checksums) -> bool:
        """Whether a file with these checksums is this one; never where none was published."""
        if self.sha256:
            return checksums.sha256 == self.sha256
        return bool(self.md5) and checksums.md5 == self.md5


def _blocks(response: Any) -> Iterator[bytes]:
    """The rest of an answer, in blocks as they come."""
    while True:
        try:
            block: bytes = response.read1(_BLOCK)
        except TimeoutError:
            raise _CutError("no byte within the time-out") from None
        if not block:
            return
        yield block


def _check_room(part: Path, total: int, have: int, limit: int) -> None:
    if total > limit:
        raise DownloadError(f"it would send {total:,} bytes, {limit:,} are expected")
    free = shutil.disk_usage(part.parent).free
    if total - have > free:
        raise StorageFullError(
            f"{part.parent} has {free:,} bytes free, and {total - have:,} are needed.",
            remedy="Make room, or choose another folder.",
        )


def _mark_file(part: Path) -> Path:
    return part.with_name(part.name + ".etag")


def _mark(part: Path) -> str:
    """The server's mark of the version that ``part`` is the beginning of, empty where it cannot be resumed."""
    try:
        mark = _mark_file(part).read_text("utf-8") if part.stat().st_size else ""
    except FileNotFoundError:
        return ""
    return "" if mark.startswith("W/") else mark


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _mark_file(part).unlink(missing_ok=True)


def _reason(reason: object) -> str:
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {reason.verify_message}"
    return getattr(reason, "strerror", None) or str(reason)
