"""Pages without near-duplicates, read from a ranking of images on a line."""

import numpy as np
import pytest

from cbir.metrics import METRICS
from cbir.records import Hit
from cbir.searching.duplicates import NearDuplicates
from cbir.searching.pages import Threshold, collapsed_page

RULE = NearDuplicates(METRICS.get("euclidean"), 1.0)
EVERYTHING = Threshold(METRICS.get("euclidean"))
COPIES = 20
# the best image, its copies, images far from each other, and late a copy of the fifth that is kept
PLACES = [10.0, *[10.0] * COPIES, *[20.0 + 10 * number for number in range(100)]]
FIFTH = COPIES + 4
LATE = FIFTH + 40
PLACES[LATE] = PLACES[FIFTH]


class Line:
    """A ranking that counts how far down it was read."""

    dims = 1

    def __init__(self):
        self.hits = [Hit(str(position), float(position)) for position in range(len(PLACES))]
        self.reached = 0

    def first(self, count):
        self.reached = max(self.reached, count)
        return self.hits[:count]

    def has_more_than(self, count):
        return count < len(self.hits)

    def described(self, hits):
        return hits, np.array([PLACES[int(hit.id)] for hit in hits], np.float32).reshape(-1, 1)


@pytest.mark.parametrize(("k", "offset"), [(5, 0), (1, 4), (3, 3), (500, 0)])
def test_what_is_gathered_under_a_hit_does_not_depend_on_the_page(k, offset):
    page = collapsed_page(Line(), EVERYTHING, RULE, k, offset)
    gathered = {kept.hit.id: kept.collapsed for kept in page.hits}
    assert gathered[str(FIFTH)] == [str(LATE)]
    assert len(page.hits) == min(k, len(PLACES) - COPIES - 1)


def test_a_ranking_is_read_no_further_than_a_page_needs():
    line = Line()
    collapsed_page(line, EVERYTHING, RULE, 5, 0)
    # five hits and the fifty kept after them, and between these twenty-one that are gathered
    assert line.reached == 5 + 50 + COPIES + 1


def test_a_threshold_ends_the_ranking():
    page = collapsed_page(Line(), Threshold(METRICS.get("euclidean"), float(FIFTH)), RULE, 10, 0)
    assert [kept.hit.id for kept in page.hits] == ["0", *[str(COPIES + number) for number in range(1, 5)]]
    assert (page.seen, page.ended) == (5, True)


@pytest.mark.parametrize(("limit", "shown"), [
    (0.5, "ab"), (0.4, "a"), (0.0, ""), (None, "abc"),
])  # fmt: skip
def test_for_a_distance_a_threshold_is_the_largest_score_that_is_shown(limit, shown):
    hits = [Hit("a", 0.1), Hit("b", 0.5), Hit("c", 0.9)]
    assert "".join(hit.id for hit in Threshold(METRICS.get("euclidean"), limit).of(hits)) == shown


@pytest.mark.parametrize(("limit", "shown"), [(0.5, "ab"), (0.6, "a"), (1.0, ""), (None, "abc")])
def test_for_a_similarity_a_threshold_is_the_smallest_score_that_is_shown(limit, shown):
    hits = [Hit("a", 0.9), Hit("b", 0.5), Hit("c", 0.1)]
    assert "".join(hit.id for hit in Threshold(METRICS.get("cosine"), limit).of(hits)) == shown
