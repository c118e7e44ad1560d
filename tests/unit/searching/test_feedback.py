"""One query from several examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cbir.errors import InvalidRequestError
from cbir.searching.feedback import rocchio

ROWS = arrays(np.float32, st.tuples(st.integers(1, 5), st.just(4)), elements=st.floats(0, 100, width=32))
WHOLE_ROWS = arrays(np.float32, st.tuples(st.integers(1, 5), st.just(4)), elements=st.integers(0, 100).map(float))


def vector(*values):
    return np.array(values, np.float32)


@given(arrays(np.float32, 6, elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_a_single_positive_example_is_the_query_bit_for_bit(example):
    assert rocchio([example], non_negative=False).tobytes() == example.tobytes()


def test_the_query_is_the_positives_mean_less_a_fifth_of_the_negatives_mean():
    # γ/β = 0.15/0.75 = 1/5; norms differ, so none is restored
    query = rocchio([vector(10, 0, 2), vector(20, 4, 0)], [vector(5, 0, 40), vector(15, -10, 0)], non_negative=False)
    assert query.dtype == np.float32
    assert query == pytest.approx([15 - 2, 2 + 1, 1 - 4])


def test_values_below_zero_become_zero_where_the_descriptor_has_none():
    query = rocchio([vector(10, 0, 2), vector(20, 4, 0)], [vector(5, 0, 40), vector(15, 30, 0)], non_negative=True)
    assert query == pytest.approx([13, 0, 0])


def test_histograms_that_sum_to_one_make_a_query_that_sums_to_one():
    # mean (1/2, 1/2, 0) − (0, 0, 1)/5, clipped: its sum is 1 already; with (0, 1, 0)/5 it is 0.8
    query = rocchio([vector(1, 0, 0), vector(0, 1, 0)], [vector(0, 1, 0)], non_negative=True)
    assert query == pytest.approx([0.5 / 0.8, 0.3 / 0.8, 0])


def test_unit_vectors_make_a_unit_vector():
    query = rocchio([vector(1, 0), vector(0.6, 0.8)], non_negative=False)
    assert query == pytest.approx(np.array([0.8, 0.4]) / np.hypot(0.8, 0.4))


def test_an_l2_norm_that_is_shared_is_restored_though_one_is_wanted_and_one_is_not():
    query = rocchio([vector(0, 2)], [vector(1.2, 1.6)], non_negative=False)
    expected = np.array([0 - 0.24, 2 - 0.32])
    assert query == pytest.approx(2 * expected / np.hypot(*expected))


def test_other_weights_can_be_given():
    query = rocchio([vector(1, 3)], [vector(2, 0)], beta=1, gamma=1, non_negative=False)
    assert query == pytest.approx([-1, 3])


@given(WHOLE_ROWS, WHOLE_ROWS, st.randoms(use_true_random=False))
def test_the_order_of_examples_does_not_matter(positives, negatives, random):
    shuffled = [list(positives), list(negatives)]
    for examples in shuffled:
        random.shuffle(examples)
    assert values_or_refusal(*shuffled) == pytest.approx(values_or_refusal(positives, negatives), rel=1e-5)


def values_or_refusal(positives, negatives):
    """The query's values; none where it is refused."""
    try:
        return rocchio(list(positives), list(negatives), non_negative=False).tolist()
    except InvalidRequestError:
        return []


@given(ROWS, ROWS)
def test_a_query_of_a_descriptor_without_negative_values_has_none_and_examples_stay_as_they_are(positives, negatives):
    before = positives.tobytes(), negatives.tobytes()
    try:
        query = rocchio(list(positives), list(negatives), non_negative=True)
    except InvalidRequestError:
        query = vector(0)
    assert (query >= 0).all()
    assert (positives.tobytes(), negatives.tobytes()) == before


def test_without_a_positive_example_there_is_no_query():
    with pytest.raises(InvalidRequestError, match="positive"):
        rocchio([], [vector(1, 0)], non_negative=True)


def test_negatives_that_leave_nothing_are_refused():
    with pytest.raises(InvalidRequestError, match="leave nothing"):
        rocchio([vector(1, 0)], [vector(1, 0)], beta=1, gamma=2, non_negative=True)


def test_examples_that_are_all_zeros_make_zeros():
    assert not rocchio([vector(0, 0), vector(0, 0)], [vector(0, 0)], non_negative=True).any()
