"""The open questions of the 2017 paper, settled by measurement.

    python -m benchmarks.open_questions --datasets FOLDER

One pass takes every picture of the four labelled sets through VGG16 and keeps sufficient statistics in the work
folder (about 2 GB); all else is worked out from them. Both may be stopped and go on where they were.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.open_questions import centring, fusion, outliers, summarising
from benchmarks.open_questions.grading import Comparison
from benchmarks.open_questions.material import LEARNT_ON, Material, add_folders, gather
from benchmarks.table import keep

QUESTIONS: Mapping[str, Callable[[Material], dict[str, Any]]] = {
    "outliers": outliers.questions,
    "summaries": summarising.questions,
    "centring": centring.questions,
    "fusion": fusion.questions,
}


def _plain(value: Any) -> Any:
    """As JSON holds it: figures to five digits, comparisons as objects."""
    if isinstance(value, Comparison):
        return _plain({**asdict(value), "verdict": value.verdict})
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_folders(parser)
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/open_questions.json")
    arguments = parser.parse_args()
    material = gather(arguments)
    figures = {name: _plain(ask(material)) for name, ask in QUESTIONS.items()}
    if arguments.keep:
        command = "python -m benchmarks.open_questions --datasets FOLDER --keep"
        keep("open_questions", command, {"learnt on": LEARNT_ON, **figures})


if __name__ == "__main__":
    main()
