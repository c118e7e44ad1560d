"""`python -m cbir.serving.development`: Flask's development server, which starts again when the code changes."""

from __future__ import annotations

import os

from werkzeug.serving import is_running_from_reloader, run_simple

from cbir.serving.environment import READY
from cbir.settings import read_settings


def main() -> None:
    """Serve until a signal comes. Its debugger runs what a browser sends it, so it listens on loopback alone."""
    settings = read_settings(environment=os.environ)
    application = None
    if is_running_from_reloader():  # else this is the process that watches the code, and starts this one
        from cbir.serving.wsgi import made

        application = made()
        os.write(int(os.environ[READY]), b"1")
    run_simple(
        settings.server_host,
        settings.server_port,
        application,  # type: ignore[arg-type] # the process that watches never calls it
        use_reloader=True,
        use_debugger=True,
        threaded=True,
    )


if __name__ == "__main__":
    main()
