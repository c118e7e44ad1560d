"""One cluster for all processes of a test run: the first that asks starts it, the others find it in a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from .cluster import Cluster, Plan
from .connection import Server
from .distribution import Distribution
from .errors import StartError, UnavailableError
from .locking import exclusive

_KINDS = {error.__name__: error for error in (UnavailableError, StartError)}


def shared(folder: Path, name: str, plan: Plan, obtain: Callable[[], Distribution]) -> Server:
    """The cluster of this name in the run's lifeline, whose folder it is.

    Who asks while it is being started waits. A failure is kept too: it would take every test minutes to fail anew.

    Raises:
        UnavailableError: there is no Elasticsearch on this machine.
        StartError: it did not come up.
    """
    state = folder / f"{name}.json"
    with exclusive(folder / f"{name}.lock"):
        state.touch(mode=0o600)  # it holds a password
        if not state.stat().st_size:
            state.write_text(json.dumps(_outcome(folder, name, plan, obtain)))
    outcome = json.loads(state.read_text())
    if "error" in outcome:
        raise _KINDS[outcome["error"]](outcome["text"])
    return Server.from_json(outcome["server"])


def _outcome(folder: Path, name: str, plan: Plan, obtain: Callable[[], Distribution]) -> dict[str, str]:
    try:
        cluster = Cluster(obtain(), plan, folder, name)
    except UnavailableError as error:
        return {"error": type(error).__name__, "text": str(error)}
    try:
        return {"server": cluster.start().server.to_json()}
    except (UnavailableError, StartError) as error:
        cluster.stop()
        return {"error": type(error).__name__, "text": str(error)}
    finally:
        cluster.give_up_ports()
