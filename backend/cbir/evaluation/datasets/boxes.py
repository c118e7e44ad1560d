"""Queries that are parts of pictures, given by the corners of a box."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cbir.errors import ImageError
from cbir.evaluation.dataset import LabelledImage, Query
from cbir.images.decode import read_image
from cbir.ingest.pipeline import WORKERS, work_ahead
from cbir.ingest.walk import Failure
from cbir.searching.crops import Crop

CORNERS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """Two opposite corners, in pixels from the top left of the picture; fractions are allowed."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, numbers: Sequence[object]) -> Box | None:
        """The box of four finite numbers, left, top, right, bottom; none of anything else."""
        if len(numbers) != CORNERS:
            return None
        corners = [float(one) for one in numbers if isinstance(one, (int, float)) and not isinstance(one, bool)]
        return cls(*corners) if len(corners) == CORNERS and all(map(math.isfinite, corners)) else None

    @classmethod
    def parse(cls, words: Sequence[str]) -> Box | None:
        """As `of`, from words of a file."""
        try:
            return cls.of([float(word) for word in words])
        except ValueError:
            return None

    def within(self, width: int, height: int) -> Crop | None:
        """The pixels that lie in it, of a picture of this size; none where nothing of the picture does.

        Corners are rounded to whole pixels (halves to the even one), as Pillow's `crop` does.
        """
        left, top = max(0, round(self.left)), max(0, round(self.top))
        right, bottom = min(width, round(self.right)), min(height, round(self.bottom))
        return Crop(left, top, right - left, bottom - top) if left < right and top < bottom else None


@dataclass(frozen=True, slots=True)
class Asked:
    """A query whose box has not been laid over its picture yet."""

    name: str
    image: LabelledImage
    box: Box


def cropped_queries(asked: Iterable[Asked]) -> tuple[list[Query], list[Failure]]:
    """The queries, and those that cannot be asked: their pictures cannot be decoded, or lie outside the box."""
    queries: list[Query] = []
    failures: list[Failure] = []
    for result in work_ahead(asked, _cropped, window=2 * WORKERS):
        if isinstance(result, Query):
            queries.append(result)
        else:
            failures.append(result)
    return queries, failures


def _cropped(asked: Asked) -> Query | Failure:
    path = asked.image.path
    try:
        picture = read_image(path)
    except ImageError as error:
        return Failure(path, f"The query {asked.name} cannot be asked: {error.message}", error.remedy)
    if crop := asked.box.within(picture.width, picture.height):
        return Query(asked.name, asked.image, crop)
    reason = f"The query {asked.name} asks for a part that lies outside it."
    return Failure(path, reason, "Check the box in the ground truth.")
