"""`python -m cbir.serving.healthcheck`: does the server of this data folder answer? For containers without curl."""

from __future__ import annotations

import http.client
import os
import sys
from contextlib import closing
from urllib.parse import urlsplit

from cbir.serving.run_files import announced
from cbir.settings import read_settings

LIMIT_S = 5


def main() -> int:
    """0 where it answers that it is well, else 1 with a line that says what is wrong."""
    running = announced(read_settings(environment=os.environ).data_dir)
    if running is None:
        return _complain("no server has been started")
    try:
        with closing(http.client.HTTPConnection(urlsplit(running.address).netloc, timeout=LIMIT_S)) as connection:
            connection.request("GET", "/health")
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return _complain(f"{running.address} does not answer: {error}")
    return 0 if status == http.client.OK else _complain(f"{running.address} answers {status}")


def _complain(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
