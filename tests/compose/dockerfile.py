"""What a Dockerfile says, as far as this repository's uses the language."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field

from .project import REPOSITORY

FILE = REPOSITORY / "Dockerfile"
IGNORED = REPOSITORY / ".dockerignore"


@dataclass(slots=True)
class Stage:
    """One image: what it comes from, and its instructions in order."""

    base: str
    name: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        """What follows each instruction of a kind."""
        return [rest for kind, rest in self.instructions if kind == word]

    def one(self, word: str) -> str:
        (rest,) = self.all(word)
        return rest

    @property
    def environment(self) -> dict[str, str]:
        words = [word for rest in self.all("ENV") for word in shlex.split(rest)]
        return dict(word.split("=", 1) for word in words)

    @property
    def command(self) -> list[str]:
        return json.loads(self.one("CMD"))

    @property
    def health_check(self) -> list[str]:
        return json.loads(self.one("HEALTHCHECK").split("CMD ", 1)[1])


def stages() -> list[Stage]:
    """The stages of the Dockerfile; the last one is the image."""
    text = re.sub(r"^#.*\n", "", FILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: list[Stage] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found.append(Stage(base, name))
        else:
            found[-1].instructions.append((word, rest.strip()))
    return found


def context() -> list[str]:
    """The files and folders that the image is built from, of those at the top and one below."""
    lines = [line for line in IGNORED.read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*", "everything is ignored but what is named"
    return [line.removeprefix("!") for line in lines if line.startswith("!")]
