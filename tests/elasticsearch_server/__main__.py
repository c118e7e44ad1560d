"""Run an Elasticsearch in the foreground and say how `cbir` reaches it.

It ends, with all its data, on Ctrl-C, on SIGTERM, or with this process.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys

from .cluster import Cluster, Plan
from .distribution import obtain
from .errors import StartError, UnavailableError
from .lifeline import Lifeline


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.elasticsearch_server", description=__doc__)
    parser.add_argument("--nodes", type=int, default=1, help="how many servers form the cluster (default: 1)")
    parser.add_argument("--secured", action="store_true", help="with TLS, a user and an API key")
    parser.add_argument("--heap", default="1g", help="memory of each server's heap (default: 1g)")
    parser.add_argument("--fetch", action="store_true", help="only get Elasticsearch into the cache")
    arguments = parser.parse_args()
    try:
        distribution = obtain(os.environ, announce=_say)
        if arguments.fetch:
            _say(f"{distribution.home}, with {distribution.java}")
        else:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda _number, _frame: sys.exit())
            with Lifeline() as lifeline:
                plan = Plan(nodes=arguments.nodes, secured=arguments.secured, heap=arguments.heap)
                _serve(Cluster(distribution, plan, lifeline.folder))
    except (UnavailableError, StartError) as error:
        _say(str(error))
        return 1
    return 0


def _serve(cluster: Cluster) -> None:
    """Start it, print the variables, and wait for a signal."""
    _say(f"Starting {cluster.plan.nodes} with a heap of {cluster.plan.heap} each")
    server = cluster.start().server
    for name, value in server.environment().items():
        sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
    sys.stdout.flush()
    _say(f"User {server.user}, password {server.password}" if server.user else "No security")
    _say("Ctrl-C ends it.")
    while True:
        signal.pause()


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
