"""API keys: random, kept as hashes, each with a name and what it may do."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cbir.api.roles import Role
from cbir.disk.durable import make_folder, sync_folder
from cbir.disk.errors import Remedies, reading, writing
from cbir.disk.lock import FileLock
from cbir.errors import AlreadyExistsError, CorruptDataError, InvalidRequestError, NotFoundError
from cbir.records import shown_path
from cbir.registry import did_you_mean
from cbir.settings import Settings

FILE = "api-keys.json"
LOCK = "api-keys.lock"
PREFIX = "cbir_"
BYTES = 32
"""Of randomness in a key: nobody guesses it, so one round of SHA-256 keeps it."""
ROLES = {"read": Role.READ, "write": Role.WRITE}
REMEDIES = Remedies(
    "Make room in the data folder.",
    "Allow it, or choose another folder with CBIR_DATA_DIR.",
    "Check the data folder.",
)


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is known: never the key itself."""

    name: str
    role: str
    """`read` or `write`."""
    hash: str
    """Lowercase hex SHA-256."""
    created: str
    """ISO 8601, UTC; empty for a key from the settings."""

    @property
    def allows(self) -> Role:
        """What its holder may do."""
        return ROLES[self.role]


class Keys:
    """The keys of one server: those made by `cbir keys create`, in a file of the data folder, and the settings'.

    The file is read again when it changed, so a key that is made or revoked counts at once, in every process.
    """

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.data_dir
        self._path = settings.data_dir / FILE
        self._configured = (
            *_configured(settings.server_read_keys, "read"),
            *_configured(settings.server_write_keys, "write"),
        )
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._kept: tuple[Key, ...] = ()

    def all(self) -> tuple[Key, ...]:
        """Every key that counts."""
        return (*self._configured, *self.kept())

    def kept(self) -> tuple[Key, ...]:
        """The keys in the file, in the order in which they were made.

        Raises:
            CorruptDataError: the file is not one of keys; nobody is let in before it is mended.
        """
        with self._lock, reading(self._path):
            stamp = _stamp(self._path)
            if stamp != self._stamp:
                self._kept = _read(self._path) if stamp else ()
                self._stamp = stamp
            return self._kept

    def find(self, secret: str) -> Key | None:
        """The key whose secret this is, compared in constant time."""
        digest = hash_of(secret)
        found = None
        for key in self.all():
            if hmac.compare_digest(key.hash, digest):
                found = key
        return found

    def create(self, name: str, role: str) -> str:
        """Make a key; it is returned this once and kept as a hash.

        Raises:
            AlreadyExistsError: there is a key of this name.
            InvalidRequestError: it has no name, or no role is called so.
            StorageError: it cannot be written.
        """
        _require_sensible(name, role)
        secret = PREFIX + secrets.token_urlsafe(BYTES)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        with self._changing() as kept:
            if any(key.name == name for key in kept):
                raise AlreadyExistsError(
                    f"There is a key '{name}' already.", remedy="Choose another name, or revoke it."
                )
            self._write((*kept, Key(name, role, hash_of(secret), created)))
        return secret

    def revoke(self, name: str) -> None:
        """Make a key worthless, with the logins that were made with it.

        Raises:
            NotFoundError: no key in the file has this name.
            StorageError: it cannot be written.
        """
        with self._changing() as kept:
            if all(key.name != name for key in kept):
                raise NotFoundError(f"No key is called '{name}'.", remedy="`cbir keys list` names them.")
            self._write(tuple(key for key in kept if key.name != name))

    @contextmanager
    def _changing(self) -> Iterator[tuple[Key, ...]]:
        """The keys in the file, and the sole right to change it."""
        with writing(self._folder, REMEDIES):
            make_folder(self._folder)
            os.close(os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600))  # for nobody else's eyes
        lock = FileLock(self._folder / LOCK, "the keys", REMEDIES, wait=True)
        try:
            yield self.kept()
        finally:
            lock.close()

    def _write(self, keys: tuple[Key, ...]) -> None:
        with writing(self._path, REMEDIES):
            private_draft(self._path, json.dumps([asdict(key) for key in keys], indent=1).encode()).replace(
                self._path
            )
            sync_folder(self._folder)


def _require_sensible(name: str, role: str) -> None:
    if not name.strip():
        raise InvalidRequestError("A key needs a name.", remedy="Call it after whoever or whatever uses it.")
    if role not in ROLES:
        raise InvalidRequestError(f"No role is called '{role}'.", remedy=did_you_mean(role, list(ROLES)))


def hash_of(secret: str) -> str:
    """Lowercase hex SHA-256 of a key."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def private_draft(path: Path, data: bytes) -> Path:
    """A file beside ``path`` that only its owner may read, on the disk when this returns; to take its place."""
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _configured(text: str, role: str) -> tuple[Key, ...]:
    given = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(Key(f"setting-{role}-{place}", role, hash_of(one), "") for place, one in enumerate(given, start=1))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def _read(path: Path) -> tuple[Key, ...]:
    try:
        rows = json.loads(path.read_bytes())
        keys = tuple(Key(**row) for row in rows)
        wrong = [key.role for key in keys if key.role not in ROLES]
    except (ValueError, TypeError):
        wrong = ["?"]
    if wrong:
        raise CorruptDataError(f"{shown_path(str(path))} is not a file of keys.", remedy="Restore it, or delete it.")
    return keys
