"""How the processes of a server come to have the settings of the command that started it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from cbir.errors import InvalidRequestError
from cbir.settings import PREFIX, Settings, read_settings

LIFELINE, READY = "CBIR_LIFELINE", "CBIR_READY"
"""Variables with the numbers of descriptors that the web server inherits: see `lifeline` and `supervisor`."""


def for_children(settings: Settings, environment: Mapping[str, str], config_file: Path | None) -> dict[str, str]:
    """The environment in which `read_settings` gives these settings.

    Only what would differ is added: a password that stands in a file does not appear among the variables.

    Args:
        settings: those in force, with the command's flags.
        environment: the command's own.
        config_file: the file named on the command line.
    """
    made = dict(environment)
    if config_file:
        made[PREFIX + "CONFIG"] = str(config_file.absolute())
    read = read_settings(environment=made)
    names = [one.name for one in fields(Settings)]
    made |= {
        PREFIX + name.upper(): _text(getattr(settings, name)) for name in names if _differs(name, settings, read)
    }
    again = read_settings(environment=made)
    for name in names:
        if _differs(name, settings, again):
            raise InvalidRequestError(
                f"The setting '{name}' cannot be emptied here.", remedy="Take it out of the settings file."
            )
    return made


def _differs(name: str, one: Settings, other: Settings) -> bool:
    return bool(getattr(one, name) != getattr(other, name))


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
