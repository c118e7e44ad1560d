"""Runs in the forms of the image benchmarks' own tools: Oxford's folders of lists, INRIA's Holidays file."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.evaluation.lines import malformed, numbered_lines, quoted
from cbir.evaluation.runs import Ranking, Run
from cbir.records import shown_path

OXFORD_LISTS = re.compile(r"(?P<query>.+)_(top|ranked|ranked_list|rank|ranks|results?)\.txt")
"""The files of a folder that are rankings, such as `all_souls_1_top.txt` for the query `all_souls_1`."""
HOLIDAYS_LINE = "Write 'query.jpg rank image.jpg rank image.jpg …', with whole ranks from 0 that rise."
_RANK = re.compile("[0-9]{1,8}", re.ASCII)


def oxford_name(text: str) -> str:
    """An image's name as the lists of Oxford and Paris have it: without `.jpg` and the queries' `oxc1_`."""
    return text.removesuffix(".jpg").removeprefix("oxc1_")


def files_of(folder: str) -> list[str]:
    """The names in a folder that holds a file a query.

    Raises:
        NotFoundError: there is no such folder.
        InvalidRequestError: it is a file.
    """
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        raise NotFoundError(f"There is no folder {shown_path(folder)}.", remedy="Check the path.") from None
    except NotADirectoryError:
        raise InvalidRequestError(
            f"{shown_path(folder)} is no folder.", remedy="Name the folder that holds a file a query."
        ) from None


def read_oxford_run(folder: str | Path) -> Run:
    """Read a folder with a file a query: `QUERY_top.txt` or `QUERY_ranked.txt`, a name a line, best first.

    Raises:
        NotFoundError: there is no such folder.
        InvalidRequestError: it is no folder, no file is named so, or a list names an image twice.
    """
    folder = os.fspath(folder)
    files = sorted(files_of(folder))
    lists = {found["query"]: file for file in files if (found := OXFORD_LISTS.fullmatch(file))}
    if not lists:
        raise InvalidRequestError(
            f"No file in {shown_path(folder)} is a ranked list.",
            remedy="Name them after their queries, as all_souls_1_top.txt or all_souls_1_ranked.txt.",
        )
    return Run(
        tag=os.path.basename(os.path.abspath(folder)),
        rankings={query: _oxford_list(os.path.join(folder, file)) for query, file in lists.items()},
        passed_over=tuple(file for file in files if file not in lists.values()),
    )


def read_holidays_run(path: str | Path) -> Run:
    """Read a result file of INRIA's `holidays_map.py`: a line a query, its name, then rank and name by turns.

    Ranks are written from 0 and count as they stand: they may have gaps.

    Raises:
        NotFoundError: there is no such file.
        InvalidRequestError: it is empty, a line is malformed, or a query or an image in its line stands twice.
    """
    rankings: dict[str, Ranking] = {}
    for number, line in numbered_lines(path):
        query, *words = line.split()
        if query in rankings:
            raise malformed(path, number, f"{quoted(query)} has a second line.", "Keep one line a query.")
        if len(words) % 2 or not all(_RANK.fullmatch(word) for word in words[::2]):
            raise malformed(path, number, f"{quoted(line)} is no result of a query.", HOLIDAYS_LINE)
        ranks = tuple(int(word) + 1 for word in words[::2])
        documents = tuple(words[1::2])
        if any(later <= earlier for earlier, later in itertools.pairwise(ranks)):
            raise malformed(path, number, f"The ranks of {quoted(query)} do not rise.", HOLIDAYS_LINE)
        if repeated := _repeated(documents):
            raise malformed(
                path, number, f"{quoted(repeated)} stands twice in the ranking of {quoted(query)}.", "Name it once."
            )
        rankings[query] = Ranking(documents, ranks=ranks)
    if not rankings:
        raise InvalidRequestError(f"The result file {shown_path(str(path))} is empty.", remedy=HOLIDAYS_LINE)
    return Run(tag=os.path.basename(path), rankings=rankings)


def _oxford_list(path: str) -> Ranking:
    lines: dict[str, int] = {}
    for number, line in numbered_lines(path):
        if len(line.split()) != 1:
            raise malformed(path, number, f"{quoted(line)} is no name of an image.", "Write one name a line.")
        name = oxford_name(line)
        if name in lines:
            raise malformed(path, number, f"{quoted(name)} stands in line {lines[name]} already.", "Name it once.")
        lines[name] = number
    return Ranking(tuple(lines))


def _repeated(documents: tuple[str, ...]) -> str:
    """The first document that stands there again, or nothing."""
    seen: set[str] = set()
    for document in documents:
        if document in seen:
            return document
        seen.add(document)
    return ""
