"""How gunicorn serves the API. `cbir serve` starts it; the address comes with the command, the rest from settings.

No process forks after TensorFlow is loaded: the master loads no application (`preload_app`), the web processes leave
descriptors to the describer, and the hooks below refuse to fork where that should ever change.
"""

import os
import sys
from typing import Any

from cbir.serving.environment import READY
from cbir.settings import read_settings

_settings = read_settings(environment=os.environ)

wsgi_app = "cbir.serving.wsgi:application()"
proc_name = "cbir"
worker_class = "cbir.serving.worker.Worker"
workers = _settings.server_workers
threads = _settings.server_threads
# Each worker makes its own application: nothing that has threads or a database open crosses a fork.
preload_app = False

# A worker's main thread, which serves no request, has to show itself so often. Compiling a kernel for the first time
# holds Python's lock for seconds, on a slow machine for twenty.
timeout = 60
# What a stop waits for: longer than any search, shorter than the ten seconds after which Docker kills, and all the
# time that an event stream gets, which never ends by itself.
graceful_timeout = 8
# Longer than proxies keep a connection (nginx and load balancers: 60 s), so that it is they who close it.
keepalive = 75
# Workers are not replaced after so many requests: that would cut event streams, and nothing here grows.
max_requests = 0

# Files are sent piece by piece: the system's own sendfile waits for a client that has stalled without end.
sendfile = False

# The heartbeat is a file that is touched each second: in memory, since a busy disk of a container can stall that.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 — a private file, removed at once

# Searches with much in them are POSTs; nothing else needs longer lines, and a browser sends about twenty fields.
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

# Nobody is believed here. The application itself reads X-Forwarded-* from `server_proxies`, and from nobody else.
forwarded_allow_ips = ""
proxy_allow_ips = ""

# No further way in: gunicorn's own control socket would lie in the home folder, which a container cannot write.
control_socket_disable = True

# The application writes a line a request, with its id and the time of each step; gunicorn's would say less.
accesslog = None
logger_class = "cbir.serving.gunicorn_log.Log"


def pre_fork(_server: Any, _worker: Any) -> None:
    """Before each fork: what cannot survive one is not there."""
    if "tensorflow" in sys.modules:
        raise RuntimeError("TensorFlow was loaded by the web server's master process, so forking it would hang.")


def post_worker_init(_worker: Any) -> None:
    """A worker answers: the supervisor may say so."""
    if READY in os.environ:
        os.write(int(os.environ[READY]), b"1")


def child_exit(_server: Any, worker: Any) -> None:
    """A worker has ended: what it counted stays, what it only showed goes."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call] # its own types lack this one
