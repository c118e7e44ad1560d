"""`python -m cbir.describing`: compute the descriptors of queries for all processes of a data folder."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cbir import logs
from cbir.describing.server import serve
from cbir.errors import CbirError
from cbir.settings import read_settings


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 after SIGTERM or SIGINT, 1 for a failure that has a remedy, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m cbir.describing", description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="where collections are kept (CBIR_DATA_DIR)")
    parser.add_argument("--weights-dir", type=Path, help="where weights are kept (CBIR_WEIGHTS_DIR)")
    parser.add_argument("--batch-size", type=int, help="the most images of one pass (CBIR_BATCH_SIZE)")
    parser.add_argument("--offline", action="store_true", default=None, help="open no network connection")
    parser.add_argument("--config", type=Path, help="a TOML file with settings (CBIR_CONFIG)")
    flags = vars(parser.parse_args(arguments))
    config = flags.pop("config")
    logs.write_to(sys.stderr)
    try:
        serve(read_settings(flags, environment=os.environ, config_file=config))
    except CbirError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201 (a shell command prints)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
