"""The application as each web process makes it for itself, from the settings in its environment."""

from __future__ import annotations

import os
import sys

from flask import Flask

from cbir.api import logs
from cbir.api.app import create_app
from cbir.describing.client import RemoteQueries
from cbir.serving.bodies import Application, careful
from cbir.settings import read_settings


def application() -> Application:
    """What gunicorn serves."""
    return careful(made())


def made() -> Flask:
    """The Flask application, which shares the describer and what it remembers with the other web processes."""
    settings = read_settings(environment=os.environ)
    logs.write_to(sys.stderr)
    return create_app(
        settings,
        queries=RemoteQueries(settings),
        address=settings.server_host,
        port=settings.server_port,
    )
