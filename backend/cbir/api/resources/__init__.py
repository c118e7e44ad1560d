"""The resources, one file each; a new one is a file and a line here."""

from __future__ import annotations

from flask_openapi3.blueprint import APIBlueprint

from cbir.api.resources import (
    catalogue,
    collections,
    compare,
    evaluations,
    explain,
    figures,
    folders,
    images,
    jobs,
    media,
    queries,
    search,
    session,
    trash,
)

RESOURCES: list[APIBlueprint] = [
    search.api,
    compare.api,
    explain.api,
    figures.api,
    evaluations.api,
    queries.api,
    collections.api,
    images.api,
    media.api,
    folders.api,
    jobs.api,
    trash.api,
    catalogue.api,
    session.api,
]
"""In the order in which the documentation shows them."""
