"""Rankings that a report shows with their pictures: the queries that went worst, middling and best."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

import numpy as np
from PIL import Image

from cbir.errors import ImageError, InvalidRequestError
from cbir.evaluation.dataset import LabelledImage
from cbir.evaluation.reports.build import below
from cbir.evaluation.reports.figures.rankings import Example, Picture, Place
from cbir.evaluation.results import Evaluation, Result
from cbir.images.decode import decode, decode_reduced, read_bytes
from cbir.images.thumbnails import thumbnail
from cbir.metrics.base import Float64
from cbir.searching.crops import Crop

EACH = 2
"""Queries of each kind."""
PLACES = 9
"""Pictures of a ranking; with the queries 60 in all."""
SIDE = 160
"""Pixels of a picture's longer side."""
QUALITY = 72


def examples(evaluation: Evaluation, result: Result) -> list[Example]:
    """Examples of one cell by the primary measure, worst first. A file that cannot be read is a picture without
    data.
    """
    grades = result.grades[evaluation.measures[0]]
    # a picture can stand in several rankings
    picture = lru_cache(maxsize=256)(lambda image, crop: _picture(image, crop, evaluation.dataset.folder))
    found = []
    for kind, position in chosen(grades):
        query = evaluation.queries[position]
        depth = int(np.count_nonzero(result.top[position, :PLACES] >= 0))
        places = []
        for rank in range(depth):
            image = evaluation.dataset.images[result.top[position, rank]]
            score, relevant = float(result.top_scores[position, rank]), bool(result.top_relevant[position, rank])
            places.append(Place(picture(image, None), tuple(sorted(image.labels)), score, relevant))
        found.append(
            Example(
                kind=kind,
                picture=picture(query.image, query.crop),
                name=query.name,
                labels=tuple(sorted(query.image.labels)),
                crop=str(query.crop) if query.crop else None,
                relevant=int(result.relevant_counts[position]),
                grade=float(grades[position]),
                places=tuple(places),
            )
        )
    return found


def chosen(grades: Float64) -> list[tuple[str, int]]:
    """Positions of the queries with the lowest, the median and the highest grades (Q,), none twice."""
    order = [int(position) for position in np.argsort(grades, kind="stable")]
    each = min(EACH, max(1, len(order) // 3))
    middle = (len(order) - each) // 2
    kinds = (("worst", order[:each]), ("median", order[middle : middle + each]), ("best", order[::-1][:each]))
    by_position: dict[int, str] = {}
    for kind, positions in kinds:
        for position in positions:
            by_position.setdefault(position, kind)
    return [(kind, position) for position, kind in by_position.items()]


def _picture(image: LabelledImage, crop: Crop | None, folder: str) -> Picture:
    try:
        data = read_bytes(image.path)
        pixels = crop.of(decode(data).pixels) if crop else decode_reduced(data, SIDE).pixels
    except (ImageError, InvalidRequestError):
        return Picture(below(image.path, folder), "")
    file = io.BytesIO()
    Image.fromarray(thumbnail(pixels, SIDE)).save(file, "JPEG", quality=QUALITY, optimize=True)
    written = base64.b64encode(file.getvalue()).decode("ascii")
    return Picture(below(image.path, folder), f"data:image/jpeg;base64,{written}")
