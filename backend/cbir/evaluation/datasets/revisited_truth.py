"""The ground truth files of revisited Oxford and Paris: `gnd_roxford5k.pkl`, `gnd_rparis6k.pkl`, or the same as JSON.

imlist    names of the gallery's images
qimlist   names of the queries' images
gnd       for each query: bbx (left, top, right, bottom), and easy, hard and junk: indices into imlist
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cbir.errors import InvalidRequestError
from cbir.evaluation.datasets.boxes import Box
from cbir.evaluation.datasets.pickled_calls import NotPlainError
from cbir.evaluation.datasets.pictures import stem
from cbir.evaluation.datasets.plain_pickle import MOST_BYTES, read_plain_pickle
from cbir.images.files import Limits, read_bytes
from cbir.records import shown_path, shown_text

KINDS = ("easy", "hard", "junk")


class _MalformedError(Exception):
    """What is wrong with the data."""


@dataclass(frozen=True, slots=True)
class RevisitedQuery:
    """One query."""

    name: str
    picture: str
    box: Box
    images: Mapping[str, Sequence[str]]
    """By `KINDS`: names of gallery images."""


@dataclass(frozen=True, slots=True)
class RevisitedTruth:
    """A file's content, by names."""

    gallery: Sequence[str]
    queries: Sequence[RevisitedQuery]


def read_revisited_truth(path: str) -> RevisitedTruth:
    """Read a file; one that ends in `.json` is JSON, any other a pickle, of which nothing but plain data is taken.

    Raises:
        ImageError: it cannot be read.
        InvalidRequestError: it is no such ground truth, or a pickle that asks for more than plain data.
    """
    data = read_bytes(path, Limits(bytes=MOST_BYTES))
    try:
        return _truth(json.loads(data) if path.endswith(".json") else read_plain_pickle(data))
    except (NotPlainError, _MalformedError) as error:
        raise InvalidRequestError(
            f"{shown_path(path)} is no ground truth of revisited Oxford or Paris: {shown_text(str(error))}.",
            remedy="Fetch it again from its publisher; or write imlist, qimlist and gnd as JSON.",
        ) from None
    except (ValueError, RecursionError):
        raise InvalidRequestError(f"{shown_path(path)} is no JSON.", remedy="Correct it.") from None


def _truth(data: Any) -> RevisitedTruth:
    if not isinstance(data, dict) or not {"imlist", "qimlist", "gnd"} <= data.keys():
        raise _MalformedError("it has no imlist, qimlist and gnd")
    gallery, pictures = _names(data, "imlist"), _names(data, "qimlist")
    judged = _list(data["gnd"], "gnd")
    if len(judged) != len(pictures):
        raise _MalformedError(f"it has {len(pictures)} queries in qimlist and {len(judged)} in gnd")
    names = _unique([re.sub(r"\s+", "_", picture) for picture in pictures])
    return RevisitedTruth(gallery, [_query(*one, gallery) for one in zip(names, pictures, judged, strict=True)])


def _query(name: str, picture: str, judged: Any, gallery: Sequence[str]) -> RevisitedQuery:
    if not isinstance(judged, dict) or not {"bbx", *KINDS} <= judged.keys():
        raise _MalformedError(f"the query {name} has no bbx, easy, hard and junk")
    box = Box.of(_list(judged["bbx"], "bbx"))
    if box is None:
        raise _MalformedError(f"the query {name} has a bbx that is not four numbers")
    images = {kind: _images(judged[kind], f"{kind} of the query {name}", gallery) for kind in KINDS}
    return RevisitedQuery(name, picture, box, images)


def _images(indices: Any, what: str, gallery: Sequence[str]) -> list[str]:
    found = []
    for index in _list(indices, what):
        if type(index) is not int or not 0 <= index < len(gallery):
            raise _MalformedError(f"{what} holds something that is no index into imlist")
        found.append(gallery[index])
    return found


def _names(data: Mapping[str, Any], what: str) -> list[str]:
    """Names without ending, as `stem` gives those of files."""
    names = []
    for name in _list(data[what], what):
        text = name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name
        if not isinstance(text, str) or not text:
            raise _MalformedError(f"{what} holds something that is no name")
        names.append(stem(text))
    return names


def _list(value: Any, what: str) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise _MalformedError(f"{what} is no list")
    return value


def _unique(names: Sequence[str]) -> list[str]:
    """The names, all with a number where one comes again."""
    if len(set(names)) == len(names):
        return list(names)
    return [f"{name}.{number}" for number, name in enumerate(names, start=1)]
