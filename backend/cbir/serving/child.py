"""`python -m cbir.serving.child LIFELINE MODULE [ARGUMENT…]`: a module as a program that ends with the supervisor."""

from __future__ import annotations

import runpy
import sys

from cbir import logs
from cbir.serving.lifeline import watch


def main(lifeline: str, module: str, *arguments: str) -> None:
    """Run a module as `python -m` does; ``lifeline`` is the number of an inherited descriptor."""
    watch(int(lifeline))
    logs.write_to(sys.stderr)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
