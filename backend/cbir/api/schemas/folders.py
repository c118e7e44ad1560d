"""Folders of the server that may be indexed."""

from __future__ import annotations

from pydantic import Field

from cbir.api.schemas.addresses import Page, Paging
from cbir.api.schemas.base import Output


class FolderParameters(Paging):
    """Which folder to look into."""

    path: str = Field("", max_length=4096, description="As an earlier answer names it; empty for the topmost ones.")


class Folder(Output):
    """A folder that may be indexed."""

    path: str = Field(description="Names it in requests: a topmost folder's name and the way below it.")
    name: str
    images: int = Field(description="Files in it and below that are called like pictures.")
    images_at_least: bool = Field(description="True where there may be more: counting stops early in large folders.")


class FolderList(Page):
    """The folders in a folder, by name."""

    path: str
    folders: list[Folder]
    unlisted: int = Field(description="Folders whose names are not UTF-8: they are indexed with the one above them.")
