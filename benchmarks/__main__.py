"""`make bench`: every measured figure, one table after another. The machine should have nothing else to do.

python -m benchmarks [--datasets FOLDER] [--keep]
"""

from __future__ import annotations

import argparse
import subprocess
import sys

QUALITY = ("corel1k",)


def run(*arguments: str) -> None:
    """One benchmark in a process of its own, so that none warms up or burdens the next."""
    print(f"$ python -m {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", *arguments], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", help="folder of the labelled sets; without it, what needs them is left out")
    parser.add_argument("--keep", action="store_true", help="write the figures to benchmarks/results")
    arguments = parser.parse_args()
    keep = ["--keep"] if arguments.keep else []
    datasets = ["--datasets", arguments.datasets] if arguments.datasets else []
    run("benchmarks.exact_search", *keep)
    run(
        "benchmarks.exact_search",
        "--rows",
        "100000",
        "--dims",
        "4096",
        "--repeats",
        "7",
        "--slow-repeats",
        "1",
        *keep,
    )
    run("benchmarks.cold_search", *datasets, *keep)
    run("benchmarks.elasticsearch_ingest", *keep)
    run("benchmarks.engines", *keep)
    run("benchmarks.http_load", *keep)
    run("benchmarks.http_upload", *keep)
    run("benchmarks.browser", *keep)
    if datasets:
        run("benchmarks.elasticsearch_scoring", *datasets, *keep)
        run("benchmarks.elasticsearch_answers", *datasets, *keep)
        run("benchmarks.ingest", *datasets, *keep)
        for name in QUALITY:
            run("benchmarks.quality", name, *datasets, *keep)
        run("benchmarks.evaluation", *datasets, *keep)
        run("benchmarks.open_questions", *datasets, *keep)
    else:
        print("What needs labelled sets was left out: make bench DATASETS=FOLDER")


if __name__ == "__main__":
    main()
