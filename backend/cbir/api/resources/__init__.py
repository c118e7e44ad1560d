"""The resources, one file each; a new one is a file and a line here."""

from __future__ import annotations

from flask_openapi3.blueprint import APIBlueprint

RESOURCES: list[APIBlueprint] = []
"""In the order in which the documentation shows them."""
