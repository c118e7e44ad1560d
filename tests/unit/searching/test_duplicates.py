"""Which hits are near-duplicates, and under which they are gathered."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cbir.metrics import METRICS
from cbir.records import Hit
from cbir.searching.duplicates import REACH, Collapsing, NearDuplicates

EUCLIDEAN = NearDuplicates(METRICS.get("euclidean"), 1.0)


def rows(*values):
    return np.array(values, np.float32).reshape(len(values), -1)


def collapsed(numbers, limit=1.0, cuts=()):
    """A ranking of images on a line, given in pieces; kept positions with those gathered under each.

    The line begins far from 0, which is near to nothing else.
    """
    collapsing = Collapsing(NearDuplicates(METRICS.get("euclidean"), limit), 1)
    for piece in np.split(np.arange(len(numbers)), list(cuts)):
        hits = [Hit(str(position), float(position)) for position in piece]
        collapsing.add(hits, 100 + np.array(numbers, np.float32)[piece].reshape(-1, 1))
    return [(int(kept.hit.id), [int(one) for one in kept.collapsed]) for kept in collapsing.kept]


def test_scores_within_the_limit_of_a_descriptors_own_are_near():
    assert EUCLIDEAN.of(rows(5)[0], rows(4, 6, 3.9, 6.1, 5)).tolist() == [True, True, False, False, True]


def test_for_a_similarity_the_limit_counts_from_its_best_value():
    # cosines 1, 0.8, 0.6 and −1 with (1, 0): 0, 0.2, 0.4 and 2 off
    rule = NearDuplicates(METRICS.get("cosine"), 0.3)
    others = rows([3, 0], [0.8, 0.6], [0.6, 0.8], [-1, 0])
    assert rule.of(rows([1, 0])[0], others).tolist() == [True, True, False, False]


def test_without_a_limit_only_equal_descriptors_are_near():
    rule = NearDuplicates(METRICS.get("euclidean"), 0.0)
    assert rule.of(rows(5)[0], rows(5, np.nextafter(np.float32(5), np.float32(6)))).tolist() == [True, False]


def test_a_descriptor_of_zeros_is_near_to_zeros_alone():
    # its cosine is 0 with everything, itself too
    rule = NearDuplicates(METRICS.get("cosine"), 0.3)
    assert rule.of(rows([0, 0])[0], rows([1, 0], [0, 0])).tolist() == [False, True]
    assert rule.of(rows([1, 0])[0], rows([0, 0])).tolist() == [False]


def test_a_hit_joins_the_best_ranked_of_those_it_is_near_to():
    assert collapsed([0, 10, 0.5, 9.5, 20, 1.5]) == [(0, [2]), (1, [3]), (4, []), (5, [])]
    assert collapsed([1.5, 0, 0.75]) == [(0, [2]), (1, [])]


def test_hits_are_compared_with_the_last_fifty_that_were_kept():
    apart = [10.0 * number for number in range(REACH + 1)]
    assert collapsed([*apart, apart[1]])[1] == (1, [REACH + 1])
    assert collapsed([*apart, apart[0]])[-1] == (REACH + 1, [])


LINE = st.lists(st.integers(0, 30).map(float), min_size=1, max_size=150)


@settings(max_examples=50, deadline=None)
@given(LINE, st.lists(st.integers(0, 150), max_size=4).map(sorted))
def test_it_does_not_matter_in_which_pieces_a_ranking_comes(numbers, cuts):
    assert collapsed(numbers, cuts=[min(cut, len(numbers)) for cut in cuts]) == collapsed(numbers)


@settings(max_examples=50, deadline=None)
@given(LINE)
def test_every_hit_is_kept_or_gathered_once_and_kept_ones_are_apart(numbers):
    found = collapsed(numbers)
    assert sorted([kept for kept, _ in found] + [one for _, gathered in found for one in gathered]) == [
        *range(len(numbers))
    ]
    for kept, gathered in found:
        assert all(abs(numbers[one] - numbers[kept]) <= 1 for one in gathered)
    places = sorted(numbers[kept] for kept, _ in found)
    assert all(b - a > 1 for a, b in pairwise(places))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 400).map(float), min_size=60, max_size=200), st.integers(0, 200))
def test_what_is_settled_stays_as_it_is_while_the_ranking_goes_on(numbers, cut):
    collapsing = Collapsing(EUCLIDEAN, 1)
    hits = [Hit(str(position), 0.0) for position in range(len(numbers))]
    vectors = rows(*numbers)
    collapsing.add(hits[:cut], vectors[:cut])
    settled = [(kept.hit.id, list(kept.collapsed)) for kept in collapsing.kept[: collapsing.settled]]
    collapsing.add(hits[cut:], vectors[cut:])
    assert [(kept.hit.id, kept.collapsed) for kept in collapsing.kept[: len(settled)]] == settled
