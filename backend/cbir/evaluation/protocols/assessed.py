"""Queries with ground truth of their own: for each, the images that are relevant and those that are junk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cbir.evaluation.dataset import Dataset, Query
from cbir.evaluation.ground_truth import Assessments
from cbir.evaluation.protocols.base import Judged
from cbir.evaluation.protocols.given import Given, judge_given


@dataclass(frozen=True, slots=True)
class Assessed:
    """Grading by explicit sets. Queries of which nothing relevant is in the gallery are left out, and counted."""

    name: str
    definition: str
    assessments: Mapping[str, Assessments]
    """By the query's name; documents are image ids."""
    customary_measures: tuple[str, ...] = ()

    def judge(self, dataset: Dataset) -> Given:
        """See `Protocol.judge`. Ids that are not in the gallery (a missing or damaged file) do not count."""
        positions = {image.id: position for position, image in enumerate(dataset.images)}
        nothing = Assessments({})

        def judged(query: Query) -> Judged:
            known = self.assessments.get(query.name, nothing)
            sets = np.zeros((2, len(positions)), bool)
            for row, ids in zip(sets, (known.relevant, known.junk), strict=True):
                row[[positions[one] for one in ids if one in positions]] = True
            return Judged(query, *sets)

        return replace(judge_given(dataset, judged), unlabelled=0)
