"""Oxford5k, Oxford105k and Paris6k (Philbin and others 2007, 2008): parts of pictures, and lists of their answers."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.evaluation.dataset import LabelledImage
from cbir.evaluation.datasets.base import Benchmark, ReadOptions
from cbir.evaluation.datasets.boxes import Asked, Box, cropped_queries
from cbir.evaluation.datasets.landmarks import DAMAGED, OXFORD, PARIS
from cbir.evaluation.datasets.look import Look, look
from cbir.evaluation.datasets.pictures import Pictures, read_named_pictures, read_pictures, stem
from cbir.evaluation.ground_truth import Assessments, GroundTruth
from cbir.evaluation.lines import malformed, numbered_lines, quoted
from cbir.evaluation.protocols.assessed import Assessed
from cbir.evaluation.published_ground_truth import read_oxford_ground_truth
from cbir.evaluation.published_runs import oxford_name
from cbir.ingest.walk import Failure
from cbir.progress import Progress
from cbir.records import shown_path, shown_text

QUERY_FILE = re.compile(r"(?P<query>(?P<landmark>\w+?)_\d+)_query\.txt", re.ASCII)
QUERY_LINE = "Write 'IMAGE left top right bottom', split by spaces."
MANY_MORE = re.compile(r".*100k.*", re.IGNORECASE)
"""The folder of Oxford105k's 100,000 further pictures."""

DEFINITION = (
    "Queries are parts of pictures, which stay in the gallery and count as answers; relevant are the images listed "
    "as good or ok, those listed as junk are taken out of the ranking. The authors' AP is the trapezoid."
)


@dataclass(frozen=True, slots=True)
class Buildings:
    """Pictures, and in one folder `QUERY_query.txt`, `QUERY_good.txt`, `QUERY_ok.txt` and `QUERY_junk.txt`.

    Images are labelled with the landmarks to which they are good or ok, for tables by landmark.
    """

    name: str
    summary: str
    landmarks: frozenset[str]
    """Of these the queries are, in a folder that is to be recognised."""
    many_more: bool = False
    """Whether a folder of further pictures, with `100k` in its name, is part of the gallery."""

    def recognises(self, folder: str) -> bool:
        """See `DatasetFormat.recognises`."""
        seen = look(folder)
        landmarks = {match["landmark"] for _, match in seen.matches(QUERY_FILE)}
        return (
            not seen.labelled
            and bool(landmarks)
            and landmarks <= self.landmarks
            and bool(_many_more(seen)) is self.many_more
        )

    def read(self, folder: str, options: ReadOptions, progress: Progress) -> Benchmark:
        """See `DatasetFormat.read`."""
        del options
        folder = os.path.abspath(folder)
        seen = look(folder)
        place = _place(seen)
        own = _without_damaged(_own_pictures(seen, progress))
        truth = _read_truth(place, own)
        assessments = own.assessments(truth)
        pictures = own.joined(self._others(seen, progress))
        labels = _landmarks(assessments)
        gallery = pictures.images(lambda path: labels.get(pictures.ids[path], ()))
        files = {query: os.path.join(place, f"{query}_query.txt") for query in truth.queries}
        parts = {query: _read_query(file, own) for query, file in files.items() if os.path.isfile(file)}
        queries, failures = cropped_queries(_asked(parts, own.named(gallery)))
        names = truth.documents.union(name for name, _ in parts.values()) - DAMAGED
        missing = (*own.lacking(sorted(names)), *(file for query, file in files.items() if query not in parts))
        protocol = Assessed("oxford", DEFINITION, assessments, customary_measures=("AP-trapezoid",))
        return Benchmark(pictures.dataset(gallery, queries, missing, failures), (protocol,))

    def _others(self, seen: Look, progress: Progress) -> Pictures:
        """The further pictures."""
        if not self.many_more:
            return Pictures(seen.folder, {})
        if folders := _many_more(seen):
            return read_pictures(seen.folder, folders, progress)
        raise NotFoundError(
            f"{shown_path(seen.folder)} has no folder with the 100,000 further pictures.",
            remedy="Give it a name that holds 100k; without them, it is --format oxford5k.",
        )


def oxford5k() -> Buildings:
    """The Oxford buildings."""
    return Buildings("oxford5k", "Oxford5k: pictures, and QUERY_query|good|ok|junk.txt", OXFORD)


def oxford105k() -> Buildings:
    """The Oxford buildings among 100,000 other pictures."""
    summary = "Oxford105k: as oxford5k, and a folder with 100k in its name that holds 100,000 further pictures"
    return Buildings("oxford105k", summary, OXFORD, many_more=True)


def paris6k() -> Buildings:
    """The Paris buildings, without the pictures that are damaged."""
    return Buildings("paris6k", "Paris6k: pictures, and QUERY_query|good|ok|junk.txt; 20 are left out", PARIS)


def _many_more(seen: Look) -> list[str]:
    return [folder for folder in seen.inner if MANY_MORE.fullmatch(os.path.basename(folder))]


def _place(seen: Look) -> str:
    """The folder of the ground truth."""
    folders = seen.holding(QUERY_FILE)
    if not folders:
        raise NotFoundError(
            f"{shown_path(seen.folder)} has no ground truth: no file there ends in _query.txt.",
            remedy="Unpack the ground truth files into a folder beside the pictures.",
        )
    return folders[0]


def _own_pictures(seen: Look, progress: Progress) -> Pictures:
    """All pictures but the further ones."""
    inner = [folder for folder in seen.inner if folder not in _many_more(seen)]
    files = [os.path.join(seen.folder, name) for name in seen.files[seen.folder]]
    return read_named_pictures(seen.folder, progress, lambda _path: True, roots=[*inner, *files])


def _without_damaged(pictures: Pictures) -> Pictures:
    damaged = [path for path in pictures.ids if stem(path) in DAMAGED]
    kept = {path: one for path, one in pictures.ids.items() if stem(path) not in DAMAGED}
    left_out = [
        Failure(path, "It is published damaged.", "Nothing: results are compared without it.") for path in damaged
    ]
    return replace(pictures, ids=kept, failures=(*pictures.failures, *left_out))


def _spelt(name: str, pictures: Pictures) -> str:
    """A name as the files bear it: Paris' lists come with and without `paris_`."""
    return next((one for one in (name, f"paris_{name}") if one in pictures.by_stem), name)


def _read_truth(place: str, pictures: Pictures) -> GroundTruth:
    truth = read_oxford_ground_truth(place)
    if spaced := next((query for query in truth.queries if len(query.split()) != 1), None):
        raise InvalidRequestError(
            f"The query '{shown_text(spaced)}' in {shown_path(place)} has white space in its name.",
            remedy="Rename its four files.",
        )
    spelt = {name: _spelt(name, pictures) for name in truth.documents}
    return GroundTruth(
        {
            query: Assessments(
                {spelt[name]: gain for name, gain in known.gains.items()},
                frozenset(spelt[name] for name in known.junk),
            )
            for query, known in truth.queries.items()
        }
    )


def _landmarks(assessments: Mapping[str, Assessments]) -> dict[str, set[str]]:
    """The labels of each image, by id."""
    labels: dict[str, set[str]] = {}
    for query, known in assessments.items():
        for image_id in known.relevant:
            labels.setdefault(image_id, set()).add(_landmark(query))
    return labels


def _landmark(query: str) -> str:
    """`all_souls` of `all_souls_1`."""
    return query.rpartition("_")[0] or query


def _asked(parts: Mapping[str, tuple[str, Box]], named: Mapping[str, LabelledImage]) -> list[Asked]:
    """The queries whose picture is there."""
    return [
        Asked(query, replace(named[name], labels=frozenset({_landmark(query)})), box)
        for query, (name, box) in parts.items()
        if name in named
    ]


def _read_query(file: str, pictures: Pictures) -> tuple[str, Box]:
    """The picture's name and the part of it that is the query."""
    for number, line in numbered_lines(file):
        name, *corners = line.split()
        box = Box.parse(corners)
        if box is None:
            raise malformed(file, number, f"{quoted(line)} is no query.", QUERY_LINE)
        return _spelt(oxford_name(name), pictures), box
    raise malformed(file, 1, "The file is empty.", QUERY_LINE)
