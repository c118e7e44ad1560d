"""`python -m cbir.demo FOLDER`: make the demo gallery there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from cbir.demo.gallery import make_gallery
from cbir.errors import CbirError

USAGE = 2


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0, 1 for a failure that has a remedy, 2 for wrong usage."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("Usage: python -m cbir.demo FOLDER", file=sys.stderr)  # noqa: T201 (a shell command prints)
        return USAGE
    try:
        print(make_gallery(Path(arguments[0])))  # noqa: T201
    except CbirError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
