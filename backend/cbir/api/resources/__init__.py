"""The resources, one file each; a new one is a file and a line here."""

from __future__ import annotations

from flask_openapi3.blueprint import APIBlueprint

from cbir.api.resources import catalogue, session

RESOURCES: list[APIBlueprint] = [
    catalogue.api,
    session.api,
]
"""In the order in which the documentation shows them."""
