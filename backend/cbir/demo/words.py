"""What the demonstration says in words: which of a person's pictures it takes, and what it found.

python -m cbir.demo.words picture COLLECTION FOLDER
python -m cbir.demo.words found COLLECTION PICTURE
"""

from __future__ import annotations

import os
import random
import sys

from cbir.collection import Collection, Library
from cbir.records import shown_path
from cbir.searching.examples import IndexedExample, example_from_file
from cbir.searching.search import Search, find
from cbir.searching.steps import Steps
from cbir.settings import read_settings

FIRST = 10
"""Answers that are looked at."""


def picture_of(collection: Collection, folder: str) -> str:
    """An indexed picture below a folder that can be read, the same one each time; empty where there is none."""
    root = os.path.abspath(folder)
    paths = [location.path for location, _ in collection.stored.locations()]
    below = [path for path in paths if path == root or path.startswith(os.path.join(root, ""))]
    random.Random(0).shuffle(below)  # noqa: S311 -- a choice, no secret
    return next((path for path in below if os.access(path, os.R_OK)), "")


def found_in_words(collection: Collection, picture: str) -> list[str]:
    """What a search with a picture's file found, in a sentence or two."""
    outside = example_from_file(picture, Steps())
    (record,) = collection.stored.get([outside.id])
    example = IndexedExample(outside.id) if record else outside
    found = find(collection, Search(positives=(example,), k=FIRST, exclude_self=True, closeness=False))
    others = collection.stored.count() - bool(record)
    nearest = ", ".join(_short(one.record.path) for one in found.hits[:3])
    if not nearest:
        return [f"{_short(picture)} is the only picture of the collection."]
    said = [f"Of {others:,} other pictures, these are the most like {_short(picture)}: {nearest}."]
    labels = record.labels if record else ()
    if labels:
        same = sum(not set(labels).isdisjoint(one.record.labels) for one in found.hits)
        said.append(f"Of the first {len(found.hits)} answers, {same} show the same: {', '.join(labels)}.")
    return said


def _short(path: str) -> str:
    return shown_path("/".join(path.split("/")[-2:]))


def main(what: str, name: str, path: str) -> None:
    """One of the two, printed."""
    with Library(read_settings(environment=os.environ)).open(name) as collection:
        if what == "picture":
            sys.stdout.buffer.write(os.fsencode(picture_of(collection, path)))
        else:
            print("", *found_in_words(collection, path), sep="\n")  # noqa: T201 -- a shell command prints


if __name__ == "__main__":
    main(*sys.argv[1:])
