"""The login cookie: a key given once, for browsers whose images and event streams send no headers."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from itsdangerous import BadData, URLSafeTimedSerializer

from cbir.api.keys import REMEDIES, Key, Keys, private_draft
from cbir.disk.durable import make_folder
from cbir.disk.errors import reading, writing

COOKIE = "cbir_session"
LIFETIME = timedelta(days=14)
SECRET_FILE = "session-secret"  # noqa: S105 — its name
SECRET_BYTES = 32
HASH_DIGITS = 32
"""Of the key's hash, which stand in the cookie: enough to know the key by, and to nobody else of use."""
_SALT = "cbir.login"


@dataclass(frozen=True, slots=True)
class Login:
    """A cookie that counts."""

    key: Key
    expires: datetime


class Logins:
    """Makes and checks cookies. They are signed, name the key they were made with, and end with it."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self._path = folder / SECRET_FILE
        self._keys = keys
        self._lock = threading.Lock()
        self._signer: URLSafeTimedSerializer | None = None

    def cookie(self, key: Key) -> str:
        """The value of a cookie for whoever gave this key.

        Raises:
            StorageError: the secret cannot be written.
        """
        with writing(self._path, REMEDIES):
            return str(self._made(_secret).dumps(key.hash[:HASH_DIGITS]))

    def login(self, cookie: str) -> Login | None:
        """What a cookie stands for; None where it was forged, has expired, or its key was revoked."""
        try:
            with reading(self._path):
                signer = self._made(Path.read_bytes)
            digits, since = signer.loads(cookie, max_age=int(LIFETIME.total_seconds()), return_timestamp=True)
        except (FileNotFoundError, BadData):
            return None
        key = next((one for one in self._keys.all() if one.hash[:HASH_DIGITS] == digits), None)
        return Login(key, since + LIFETIME) if key else None

    def expiry(self) -> datetime:
        """When a cookie that is made now ends."""
        return datetime.now(UTC) + LIFETIME

    def _made(self, secret: Callable[[Path], bytes]) -> URLSafeTimedSerializer:
        with self._lock:
            if self._signer is None:
                self._signer = URLSafeTimedSerializer(secret(self._path), salt=_SALT)
            return self._signer


def _secret(path: Path) -> bytes:
    """The secret, made by whichever process needs it first."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    make_folder(path.parent)
    draft = private_draft(path, secrets.token_bytes(SECRET_BYTES))
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_bytes()
