"""Ground truth in the forms in which the image benchmarks come: Oxford and Paris, Holidays, LIRE's lists."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from cbir.errors import InvalidRequestError
from cbir.evaluation.ground_truth import Assessments, GroundTruth, read_qrels
from cbir.evaluation.lines import malformed, numbered_lines, quoted
from cbir.evaluation.published_runs import files_of, oxford_name
from cbir.records import shown_path

HOLIDAYS_NAME = re.compile(r"(?P<place>[0-9]+)(?P<picture>[0-9]{2})(?P<ending>\.[A-Za-z]+)?", re.ASCII)
"""`100001.jpg`: picture 01 of place 1000."""
FIRST_PICTURE = "00"
COMMENT = "#"
QUERY_END = ":"


def read_oxford_ground_truth(folder: str | Path) -> GroundTruth:
    """Read the lists of Oxford5k or Paris6k: `QUERY_good.txt` and `QUERY_ok.txt` are relevant, `QUERY_junk.txt` junk.

    A query's own image is among its good ones, and stays in the ranking, as in Oxford's `compute_ap`.

    Raises:
        NotFoundError: there is no such folder, or a query lacks one of its lists.
        InvalidRequestError: it is no folder, or holds no `QUERY_good.txt`.
    """
    folder = os.fspath(folder)
    queries = sorted(_oxford_queries(folder))
    if not queries:
        raise InvalidRequestError(
            f"{shown_path(folder)} is no ground truth of Oxford5k or Paris6k: no file ends in _good.txt.",
            remedy="Name the folder that holds QUERY_good.txt, QUERY_ok.txt and QUERY_junk.txt for each query.",
        )
    return GroundTruth({query: _oxford_assessments(folder, query) for query in queries})


def read_holidays_ground_truth(path: str | Path) -> GroundTruth:
    """Read Holidays' list of images: `PLACE00.jpg` asks for the others of its place, and is itself left out.

    Raises:
        NotFoundError: there is no such file.
        InvalidRequestError: it names no query, or a line is no name of Holidays.
    """
    names = []
    for number, line in numbered_lines(path):
        if not HOLIDAYS_NAME.fullmatch(line):
            raise malformed(
                path,
                number,
                f"{quoted(line)} is no image of Holidays.",
                "Name holidays_images.dat, which has a name such as 100001.jpg a line.",
            )
        names.append(line)
    truth = holidays_ground_truth(names)
    if not truth.queries:
        raise InvalidRequestError(
            f"{shown_path(str(path))} names no query of Holidays.", remedy="Queries are the names that end in 00.jpg."
        )
    return truth


def holidays_ground_truth(names: Iterable[str]) -> GroundTruth:
    """What Holidays' names say: `PLACE00.jpg` asks for the others of its place; other names are passed over."""
    places: dict[str, list[str]] = {}
    asked: dict[str, str] = {}
    for name in names:
        if parts := HOLIDAYS_NAME.fullmatch(name):
            if parts["picture"] == FIRST_PICTURE:
                asked[parts["place"]] = name
            places.setdefault(parts["place"], []).append(name)
    return GroundTruth(
        {
            query: Assessments({name: 1 for name in places[place] if name != query}, frozenset([query]))
            for place, query in asked.items()
        },
        others=frozenset(name for names in places.values() for name in names),
    )


def read_lire_lists(path: str | Path) -> GroundTruth:
    """Read LIRE's lists: a query's image with a colon, then the relevant images a line each; `#` begins a remark.

    A query's own image is left out of its ranking (LIRE's qrels of the same sets count it as relevant).

    Raises:
        NotFoundError: there is no such file.
        InvalidRequestError: it is empty, has an image before any query, or a query twice.
    """
    relevant: dict[str, dict[str, int]] = {}
    query = ""
    for number, line in numbered_lines(path):
        if line.startswith(COMMENT):
            continue
        if line.endswith(QUERY_END):
            query = line.removesuffix(QUERY_END).rstrip()
            if query in relevant:
                raise malformed(path, number, f"{quoted(query)} stands there for the second time.", "Keep one.")
            relevant[query] = {}
        elif not query:
            raise malformed(path, number, f"{quoted(line)} belongs to no query.", "Begin with 'QUERY:'.")
        else:
            relevant[query][line] = 1
    if not relevant:
        raise InvalidRequestError(f"{shown_path(str(path))} names no query.", remedy="Begin each with 'QUERY:'.")
    return GroundTruth({query: Assessments(gains, frozenset([query])) for query, gains in relevant.items()})


def read_qrels_or_lists(path: str | Path) -> GroundTruth:
    """Read TREC qrels, or LIRE's lists, which begin with a query and its colon.

    Raises:
        NotFoundError, InvalidRequestError: as `read_qrels` and `read_lire_lists`.
    """
    first = next((line for _, line in numbered_lines(path) if not line.startswith(COMMENT)), "")
    return read_lire_lists(path) if first.endswith(QUERY_END) else read_qrels(path)


def _oxford_queries(folder: str) -> Iterator[str]:
    for file in files_of(folder):
        if file.endswith("_good.txt"):
            yield file.removesuffix("_good.txt")


def _oxford_assessments(folder: str, query: str) -> Assessments:
    good, ok, junk = (
        frozenset(oxford_name(line) for _, line in numbered_lines(os.path.join(folder, f"{query}_{kind}.txt")))
        for kind in ("good", "ok", "junk")
    )
    return Assessments(dict.fromkeys(sorted(good | ok), 1), junk)
