"""The application factory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flask_openapi3.openapi import OpenAPI

from cbir.api import logs, operations, problems, security
from cbir.api.keys import Keys
from cbir.api.openapi import Api
from cbir.api.pool import OpenCollections
from cbir.api.readiness import Readiness
from cbir.api.scrubbing import Scrubber
from cbir.api.security.base import Site
from cbir.api.security.logins import Logins
from cbir.api.services import EXTENSION, Services, allowed_roots
from cbir.collection import Library
from cbir.describing.base import Queries
from cbir.settings import Settings

if TYPE_CHECKING:
    from cbir.jobs.store import JobStore
    from cbir.uploads import Uploads


def create_app(  # noqa: PLR0913 — the domain's parts, each replaceable
    settings: Settings,
    *,
    library: Library | None = None,
    queries: Queries | None = None,
    jobs: JobStore | None = None,
    uploads: Uploads | None = None,
    address: str = "127.0.0.1",
    port: int = 8000,
    roots: Sequence[Path] = (),
) -> OpenAPI:
    """The web application.

    Args:
        settings: how the server runs.
        library: the collections; by default those that the settings name.
        queries: what remembers pictures that were searched with; by default this process, which is right for one
            process only: several share `cbir.describing.client.RemoteQueries`.
        jobs: the list of jobs, by default in the data folder.
        uploads: where uploaded pictures are kept, by default in the data folder.
        address: where the server listens; one that is not loopback asks everybody for a key.
        port: the same.
        roots: folders that may be indexed over HTTP, besides the settings' and, on loopback, the home folder.
    """
    library = library or Library(settings, describe_locally=queries is None)
    keys = Keys(settings)
    site = Site(settings, address, port, keys, Logins(settings.data_dir, keys))
    made = Services(
        settings=settings,
        library=library,
        queries=queries or _queries(),
        jobs=jobs or _jobs(settings),
        uploads=uploads or _uploads(settings),
        keys=keys,
        open_collections=OpenCollections(library),
        roots=allowed_roots(settings, roots, own_machine=site.own_machine),
    )
    app = Api()
    app.extensions[EXTENSION] = made
    problems.init_app(app, Scrubber(settings, made.roots))
    logs.init_app(app)
    operations.init_app(app, Readiness(made))
    security.init_app(app, site)
    app.register_all()
    return app


def _queries() -> Queries:
    from cbir.describing.local import LocalQueries

    return LocalQueries(max_bytes=256 << 20, lifetime_s=3600)


def _jobs(settings: Settings) -> JobStore:
    from cbir.jobs.store import JobStore

    return JobStore(settings.data_dir / "jobs.sqlite")


def _uploads(settings: Settings) -> Uploads:
    from cbir.uploads import Uploads

    return Uploads(settings)
