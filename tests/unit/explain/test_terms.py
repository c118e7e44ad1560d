"""Every metric's score is made of its dimensions, as its decomposition says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cosine as cosine_distance
from scipy.spatial.distance import euclidean as euclidean_distance
from scipy.special import kl_div

from cbir.errors import InvalidRequestError
from cbir.explain.terms import DECOMPOSITIONS, decomposition_of
from cbir.metrics import METRICS, search_metrics

NAMES = [metric.name for metric in search_metrics()]
SIGNED = [metric.name for metric in search_metrics() if not metric.needs_non_negative]

A = np.array([0.5, 0.25, 0.0, 0.25])
B = np.array([0.125, 0.25, 0.5, 0.125])


def rows(least):
    """Two descriptors of one size, with zeros and with values of very different sizes."""
    values = st.one_of(
        st.just(0.0),
        st.floats(least, 1.0, width=32, allow_subnormal=False),
        st.floats(max(least * 1e-6, 0.0), 1e-6, width=64, allow_subnormal=False).map(np.float32).map(float),
        st.floats(0.0, 1e6, width=32, allow_subnormal=False),
    )
    return st.integers(1, 40).flatmap(lambda dims: arrays(np.float32, (2, dims), elements=values))


def score(name, query, image):
    """The metric's own formula."""
    return float(METRICS.get(name).score(query.astype(np.float32), image.astype(np.float32)[np.newaxis])[0])


def sums(name, query, image):
    apart, together = decomposition_of(name).terms(query.astype(np.float64), image.astype(np.float64))
    return float(apart.sum()), float(together.sum())


def test_every_metric_of_a_search_is_taken_apart():
    assert set(DECOMPOSITIONS.names()) >= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(pair=rows(0.0))
def test_the_score_follows_from_the_sums(name, pair):
    query, image = pair
    made = decomposition_of(name).score_of(*sums(name, query, image))

    assert made == pytest.approx(score(name, query, image), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", SIGNED)
@settings(max_examples=40, deadline=None)
@given(pair=rows(-1.0))
def test_the_score_follows_from_the_sums_where_values_are_negative(name, pair):
    query, image = pair
    made = decomposition_of(name).score_of(*sums(name, query, image))

    assert made == pytest.approx(score(name, query, image), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(pair=rows(0.0))
def test_no_term_is_negative(name, pair):
    for terms in decomposition_of(name).terms(*pair.astype(np.float64)):
        assert terms.shape == pair[0].shape
        assert (terms >= 0).all()


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(pair=rows(0.0))
def test_what_is_equal_has_nothing_apart(name, pair):
    """A dimension where nothing differs cannot part two descriptors."""
    query = pair[0].astype(np.float64)
    if query.any():
        assert decomposition_of(name).terms(query, query)[0] == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_a_dimension_that_only_one_side_has_is_not_together(name):
    apart, together = decomposition_of(name).terms(A, B)

    assert together[2] == pytest.approx(0, abs=1e-15)
    assert apart[0] > 0
    assert together[1] > 0


@pytest.mark.parametrize("name", NAMES)
def test_sides_that_are_zero_are_taken_apart_too(name):
    nothing = np.zeros(4)
    for query, image in [(nothing, B), (A, nothing), (nothing, nothing)]:
        made = decomposition_of(name).score_of(*sums(name, query, image))
        assert made == pytest.approx(score(name, query, image), abs=1e-12)


# What the second sum has to do with the score ---------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(pair=rows(0.0))
def test_the_second_sum_is_what_the_texts_say(pair):
    query, image = pair.astype(np.float64)
    total = query.sum() + image.sum()
    apart, together = sums("chi2", query, image)
    assert apart == pytest.approx(total / 2 - together, rel=1e-9, abs=1e-9 * total)
    apart, together = sums("euclidean", query, image)
    assert apart + together == pytest.approx((query * query).sum() + (image * image).sum(), rel=1e-9)
    if query.any() and image.any():
        for name in ("cosine", "bhattacharyya", "intersection"):
            assert sum(sums(name, query, image)) == pytest.approx(1, rel=1e-9)
        _, together = sums("kl", query, image)
        smoothed = [0.9 * side / side.sum() + 0.1 / len(side) for side in (query, image)]
        assert together == pytest.approx(0.9 - np.abs(smoothed[0] - smoothed[1]).sum() / 2, abs=1e-9)


# Against other libraries, and by hand -----------------------------------------------------------------------


def test_euclidean_by_hand():
    apart, together = decomposition_of("euclidean").terms(A, B)
    assert apart.tolist() == [0.375**2, 0, 0.25, 0.125**2]
    assert together.tolist() == [0.125, 0.125, 0, 0.0625]
    assert np.sqrt(apart.sum()) == pytest.approx(euclidean_distance(A, B))


def test_cosine_by_hand():
    apart, together = decomposition_of("cosine").terms(A, B)
    norms = np.sqrt(0.375) * np.sqrt(0.34375)
    assert together == pytest.approx(np.array([0.0625, 0.0625, 0, 0.03125]) / norms)
    assert apart.sum() == pytest.approx(cosine_distance(A, B))


def test_a_sign_that_differs_parts_two_codes():
    apart, together = decomposition_of("cosine").terms(np.array([3.0, 4.0]), np.array([3.0, -4.0]))
    assert apart == pytest.approx(np.array([0, 0.5 * 1.6**2]))
    assert together == pytest.approx(np.array([0.36, 0]))


def test_chi2_by_hand():
    apart, together = decomposition_of("chi2").terms(A, B)
    assert apart == pytest.approx(np.array([0.1125, 0, 0.25, 0.125**2 / 0.75]))
    assert together == pytest.approx(np.array([0.2, 0.25, 0, 1 / 6]))


def test_kl_is_scipys_generalised_divergence_of_the_smoothed_sides():
    apart, together = decomposition_of("kl").terms(A, B)
    smoothed = [0.9 * side + 0.025 for side in (A, B)]
    assert apart == pytest.approx(kl_div(*smoothed), abs=1e-15)
    assert together == pytest.approx(0.9 * np.array([0.125, 0.25, 0, 0.125]))


def test_bhattacharyya_by_hand():
    apart, together = decomposition_of("bhattacharyya").terms(2 * A, 4 * B)
    assert together == pytest.approx(np.array([0.25, 0.25, 0, np.sqrt(1 / 32)]))
    assert apart == pytest.approx((np.sqrt(A) - np.sqrt(B)) ** 2 / 2)


def test_intersection_by_hand():
    apart, together = decomposition_of("intersection").terms(2 * A, 2 * B)
    assert together.tolist() == [0.125, 0.25, 0, 0.125]
    assert apart.tolist() == [0.375, 0, 0, 0.125]


# Other packages ---------------------------------------------------------------------------------------------


def test_a_metric_that_nobody_has_taken_apart_is_refused_by_name():
    with pytest.raises(InvalidRequestError, match=r"'braycurtis' cannot be explained.*cbir\.decompositions"):
        decomposition_of("braycurtis")


def test_a_new_metric_is_one_entry(monkeypatch):
    monkeypatch.setitem(DECOMPOSITIONS._factories, "mine", DECOMPOSITIONS._factories["chi2"])
    assert decomposition_of("mine").apart == decomposition_of("chi2").apart
