"""How far two rankings agree, against the definitions read pair by pair."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from cbir.searching.agreement import kendall_top_k, overlap_at_k

RANKING = st.lists(st.sampled_from("abcdefghij"), unique=True, max_size=8)
K = st.integers(1, 10)


def fagin_distance(first, second):
    """K⁽ᵖ⁾ with p = 1/2, by the four cases of Fagin, Kumar and Sivakumar (2003), section 3.1."""
    total = 0.0
    for i, j in combinations(sorted({*first, *second}), 2):
        in_first, in_second = {i, j} & {*first}, {i, j} & {*second}
        if len(in_first) == len(in_second) == 2:  # case 1: both in both
            total += (first.index(i) < first.index(j)) != (second.index(i) < second.index(j))
        elif {len(in_first), len(in_second)} == {1, 2}:  # case 2: both in one, one of them in the other
            both, single = (first, in_second) if len(in_first) == 2 else (second, in_first)
            (there,) = single
            absent = j if there == i else i
            total += both.index(absent) < both.index(there)
        elif len(in_first) == len(in_second) == 1:  # case 3: one here, the other there
            total += 1
        else:  # case 4: both in one, none in the other
            total += 0.5
    return total


@given(RANKING, RANKING, K)
def test_kendall_is_one_less_twice_the_share_of_the_distance_in_the_pairs(first, second, k):
    images = len({*first[:k], *second[:k]})
    pairs = images * (images - 1) / 2
    if pairs:
        expected = 1 - 2 * fagin_distance(first[:k], second[:k]) / pairs
        assert kendall_top_k(first, second, k) == pytest.approx(expected)


@given(st.permutations(list("abcdefgh")), st.permutations(list("abcdefgh")))
def test_for_the_same_images_it_is_kendalls_tau(first, second):
    places = [[ranking.index(image) for image in "abcdefgh"] for ranking in (first, second)]
    assert kendall_top_k(first, second, 8) == pytest.approx(kendalltau(*places).statistic)


@given(RANKING, RANKING, K)
def test_both_agree_the_same_seen_from_either_side_and_keep_their_bounds(first, second, k):
    assert kendall_top_k(first, second, k) == kendall_top_k(second, first, k)
    assert overlap_at_k(first, second, k) == overlap_at_k(second, first, k)
    assert -1 <= kendall_top_k(first, second, k) <= 1
    assert 0 <= overlap_at_k(first, second, k) <= 1


@given(RANKING, RANKING, K)
def test_overlap_is_one_only_for_equal_sets(first, second, k):
    assert (overlap_at_k(first, second, k) == 1) == ({*first[:k]} == {*second[:k]})


@given(RANKING, K)
def test_a_ranking_agrees_with_itself(ranking, k):
    assert kendall_top_k(ranking, ranking, k) == 1
    assert overlap_at_k(ranking, ranking, k) == 1


def test_overlap_by_hand():
    assert overlap_at_k("abcd", "cdef", 4) == 0.5
    assert overlap_at_k("abcd", "cdef", 2) == 0
    assert overlap_at_k("ab", "abcd", 4) == 0.5
    assert overlap_at_k("", "ab", 4) == 0


@pytest.mark.parametrize("k", [1, 2, 5, 40])
def test_lists_that_share_nothing_have_the_value_that_is_documented(k):
    first, second = [f"a{n}" for n in range(k)], [f"b{n}" for n in range(k)]
    assert kendall_top_k(first, second, k) == pytest.approx(-k / (2 * k - 1))


def test_the_opposite_order_is_minus_one():
    assert kendall_top_k("abcd", "dcba", 4) == -1


def test_without_a_pair_only_equality_counts():
    assert kendall_top_k("", "", 3) == 1
    assert kendall_top_k("a", "", 3) == 0
    assert kendall_top_k("ab", "a", 1) == 1
