"""What resources work with: the domain's objects, one set an application."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from flask import current_app

from cbir.api.keys import Keys
from cbir.api.pool import OpenCollections
from cbir.collection import Collection, Library
from cbir.describing.base import Queries
from cbir.errors import NotFoundError, UnknownNameError
from cbir.settings import Settings

if TYPE_CHECKING:
    from cbir.jobs.store import JobStore
    from cbir.uploads import Uploads

EXTENSION = "cbir.services"


@dataclass(frozen=True, slots=True)
class Services:
    """All that a request can reach."""

    settings: Settings
    library: Library
    queries: Queries
    jobs: JobStore
    uploads: Uploads
    keys: Keys
    open_collections: OpenCollections
    roots: tuple[Path, ...]
    """Folders that may be indexed over HTTP, with all that is below them."""

    def close(self) -> None:
        """Close what is open."""
        self.open_collections.close()
        self.jobs.close()

    @contextmanager
    def collection(self, name: str) -> Iterator[Collection]:
        """A collection that is open for reading, and stays so for later requests.

        Raises:
            NotFoundError: none is called so.
        """
        with _is_an_address(name, self.library), self.open_collections.lend(name) as collection:
            yield collection

    @contextmanager
    def writing(self, name: str, *, repair: bool = False) -> Iterator[Collection]:
        """A collection that is open for writing, for short work; long work is a job. ``repair`` as of `Engine.open`.

        Raises:
            NotFoundError: none is called so.
            WriterBusyError: another process, usually a job, is writing to it.
        """
        with _is_an_address(name, self.library), self.library.open(name, write=True, repair=repair) as collection:
            yield collection


def services() -> Services:
    """The services of the application that answers the current request."""
    return cast("Services", current_app.extensions[EXTENSION])


def allowed_roots(settings: Settings, given: Sequence[Path], *, own_machine: bool) -> tuple[Path, ...]:
    """Folders that may be indexed: the settings', those given to `serve`, and on loopback the home folder."""
    named = [Path(part).expanduser() for part in settings.server_roots.split(":") if part]
    home = [Path.home()] if own_machine else []
    return tuple(dict.fromkeys(path.resolve() for path in (*given, *named, *home)))


@contextmanager
def _is_an_address(name: str, library: Library) -> Iterator[None]:
    """A collection is named in the address: one that is not there is nothing found, not a wrong value."""
    try:
        yield
    except UnknownNameError as error:
        if name in library.engine.collections():
            raise
        raise NotFoundError(error.message, remedy=error.remedy) from None
