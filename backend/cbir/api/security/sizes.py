"""How large a request may be, before anything of it is kept."""

from __future__ import annotations

from flask import Flask, request

from cbir.api.security.base import Site

MIB = 1 << 20
PICTURES = 10
"""Largest pictures that one request may bring."""
TEXT_BYTES = MIB
"""Of a JSON body, and of one text field of a form."""
FORM_PARTS = 2000


def install(app: Flask, site: Site) -> None:
    """Refuse (413) more, while it is read."""
    app.config["MAX_CONTENT_LENGTH"] = PICTURES * site.settings.server_upload_mb * MIB + TEXT_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = TEXT_BYTES
    app.config["MAX_FORM_PARTS"] = FORM_PARTS

    @app.before_request
    def limit_text() -> None:
        if request.mimetype != "multipart/form-data":
            request.max_content_length = TEXT_BYTES
