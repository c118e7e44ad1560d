"""A whole server: its place, its address, its processes."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from importlib import resources
from pathlib import Path

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.records import shown_path
from cbir.serving.children import Part
from cbir.serving.environment import LIFELINE, READY, for_children
from cbir.serving.lifeline import Lifeline
from cbir.serving.listening import address, is_loopback, listen
from cbir.serving.run_files import RunFiles
from cbir.serving.supervisor import Supervisor
from cbir.settings import Settings

WEB = "web server"
NOT_FROM_HERE = {"PYTHONSAFEPATH": "1"}
"""No process takes modules from the current folder: it may be one of somebody's pictures."""
METRICS = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that tells prometheus-client to count in files, for all web processes together."""


def serve(
    settings: Settings,
    environment: Mapping[str, str],
    config_file: Path | None,
    *,
    development: bool,
    on_ready: Callable[[str], None],
) -> None:
    """Run a server until a signal asks it to end.

    Args:
        settings: those in force, with the folders that may be indexed (`with_roots`).
        environment: the command's own.
        config_file: the settings file that was named on the command line.
        development: Flask's server with its debugger in place of gunicorn.
        on_ready: called with the address when the server answers.

    Raises:
        ConflictError: the data folder has a server already, or the port another program.
        InvalidRequestError: an address that this machine cannot listen on.
        StorageError: the data folder cannot be written.
        CbirError: the web server does not run.
    """
    if development and not is_loopback(settings.server_host):
        raise InvalidRequestError(
            f"The development server does not listen on {settings.server_host}: its debugger runs any code.",
            remedy="Leave --dev or --host out.",
        )
    with ExitStack() as stack:
        run_files = stack.enter_context(closing(RunFiles(settings.data_dir)))
        listening = stack.enter_context(listen(settings.server_host, settings.server_port))
        lifeline = stack.enter_context(closing(Lifeline()))
        ready, tell = os.pipe()
        stack.callback(os.close, ready)
        stack.callback(os.close, tell)
        where = address(listening)
        run_files.announce(where)
        variables = for_children(settings, environment, config_file) | NOT_FROM_HERE
        variables |= {METRICS: str(run_files.metrics)}
        web = _development if development else _gunicorn
        parts = [
            *_helpers(variables, lifeline),
            web(variables, lifeline, tell, listening),
            _warming(variables, lifeline),
        ]
        Supervisor(parts, ready).run(on_ready=lambda: on_ready(where), on_stop=listening.close)


def with_roots(settings: Settings, folders: Sequence[Path]) -> Settings:
    """Settings that let these folders be indexed over HTTP, besides those that they name already.

    Raises:
        NotFoundError: a folder is not there.
        InvalidRequestError: a folder's name has a colon, which separates folders.
    """
    for folder in folders:
        if not folder.is_dir():
            raise NotFoundError(
                f"There is no folder {shown_path(str(folder))}.", remedy="Name folders with pictures."
            )
        if os.pathsep in str(folder.absolute()):
            raise InvalidRequestError(
                f"{shown_path(str(folder))} has a '{os.pathsep}' in its name, which separates folders.",
                remedy="Name a folder above it.",
            )
    named = [str(folder.absolute()) for folder in folders]
    return replace(settings, server_roots=os.pathsep.join(filter(None, [settings.server_roots, *named])))


def _helpers(variables: Mapping[str, str], lifeline: Lifeline) -> list[Part]:
    """The describer, and what runs jobs: they start before the web server and end after it."""
    inherited = (lifeline.descriptor,)
    return [
        Part("describer", _tied(lifeline, "cbir.describing"), variables, inherited),
        Part("job runner", _tied(lifeline, "cbir.jobs"), variables, inherited, patience_s=13),
    ]


def _gunicorn(variables: Mapping[str, str], lifeline: Lifeline, tell: int, listening: socket.socket) -> Part:
    """The web server. Its workers watch the lifeline: its master is not to have a thread when it forks."""
    configuration = str(resources.files("cbir.serving") / "gunicorn.conf.py")
    command = (
        sys.executable,
        "-m",
        "cbir.serving.web",
        "--config",
        configuration,
        "--bind",
        f"fd://{listening.fileno()}",
    )
    known = {LIFELINE: str(lifeline.descriptor), READY: str(tell)}
    inherited = (listening.fileno(), lifeline.descriptor, tell)
    return Part(WEB, command, {**variables, **known}, inherited, patience_s=12, vital=True)


def _development(variables: Mapping[str, str], lifeline: Lifeline, tell: int, listening: socket.socket) -> Part:
    """The development server, which takes the address itself: it has been free until now."""
    listening.close()
    inherited = (lifeline.descriptor, tell)
    command = _tied(lifeline, "cbir.serving.development")
    return Part(WEB, command, {**variables, READY: str(tell)}, inherited, vital=True)


def _warming(variables: Mapping[str, str], lifeline: Lifeline) -> Part:
    """Comes last, so that the server answers first."""
    return Part(
        "warming up",
        _tied(lifeline, "cbir.serving.warming"),
        variables,
        (lifeline.descriptor,),
        patience_s=1,
        once=True,
    )


def _tied(lifeline: Lifeline, module: str) -> tuple[str, ...]:
    """The command that runs a module for as long as this process lives."""
    return (sys.executable, "-m", "cbir.serving.child", str(lifeline.descriptor), module)
