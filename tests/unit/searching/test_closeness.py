"""What random pairs of a small collection, all of whose images are sampled, have for scores."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.searching.conftest import gallery_in

from cbir.metrics import METRICS
from cbir.records import Hit
from cbir.searching.closeness import Closeness, nearest_other, sampled

ROWS = {
    "histogram": np.random.default_rng(3).dirichlet(np.ones(12), 30).astype(np.float32),
    "code": np.random.default_rng(4).standard_normal((30, 6)).astype(np.float32),
}
ROWS["histogram"][1] = ROWS["histogram"][0]


def smoothed(x):
    return 0.9 * x / x.sum() + 0.1 / len(x)


FORMULAS = {
    "euclidean": lambda a, b: np.linalg.norm(a - b),
    "cosine": lambda a, b: a @ b / np.linalg.norm(a) / np.linalg.norm(b),
    "kl": lambda a, b: (smoothed(a) * np.log(smoothed(a) / smoothed(b))).sum(),
}
CASES = [("histogram", "euclidean"), ("histogram", "cosine"), ("histogram", "kl"), ("code", "cosine")]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """30 images, the first two of which have the same histogram."""
    with gallery_in(tmp_path_factory.mktemp("small"), ROWS) as made:
        yield made


def all_scores(extractor, metric):
    rows = ROWS[extractor].astype(np.float64)
    return np.array([[FORMULAS[metric](a, b) for b in rows] for a in rows])


@pytest.mark.parametrize(("extractor", "metric"), CASES)
def test_closeness_is_the_share_of_ordered_pairs_that_are_farther_apart(small, extractor, metric):
    scores = all_scores(extractor, metric)
    pairs = [scores[i, j] for i, j in permutations(range(30), 2)]
    closeness = sampled(small.collection.stored, extractor, METRICS.get(metric))
    # halfway between two neighbouring scores, so that rounding does not decide
    levels = np.unique(np.round(pairs, 9))
    for level in (levels[:-1] + levels[1:])[::50] / 2:
        farther = [pair < level if metric == "cosine" else pair > level for pair in pairs]
        assert closeness.closeness_of(level) == pytest.approx(np.mean(farther), abs=1e-12)


@pytest.mark.parametrize(("extractor", "metric"), CASES)
def test_nothing_is_similar_beyond_the_95th_percentile_of_nearest_neighbours_copies_aside(small, extractor, metric):
    scores = all_scores(extractor, metric)
    nearest = []
    for row in range(30):
        others = [j for j in range(30) if (ROWS[extractor][j] != ROWS[extractor][row]).any()]
        nearest.append(scores[row, others].max() if metric == "cosine" else scores[row, others].min())
    limit = np.percentile(nearest, 5 if metric == "cosine" else 95)
    farther = -1e-9 if metric == "cosine" else 1e-9
    closeness = sampled(small.collection.stored, extractor, METRICS.get(metric))
    assert closeness.nothing_similar(limit + farther) is True
    assert closeness.nothing_similar(limit - farther) is False


def test_the_spread_is_the_median_distance_of_random_pairs(small):
    euclidean, cosine = all_scores("code", "euclidean"), all_scores("code", "cosine")
    pairs = ~np.eye(30, dtype=bool)
    stored = small.collection.stored
    assert sampled(stored, "code", METRICS.get("euclidean")).spread == pytest.approx(np.median(euclidean[pairs]))
    assert sampled(stored, "code", METRICS.get("cosine")).spread == pytest.approx(np.median(1 - cosine[pairs]))


def test_a_collection_of_fewer_than_twenty_images_tells_nothing(tmp_path):
    with gallery_in(tmp_path, {name: rows[:19] for name, rows in ROWS.items()}) as made:
        assert sampled(made.collection.stored, "code", METRICS.get("cosine")) is None


def test_copies_alone_say_nothing_of_nearest_neighbours(tmp_path):
    rows = {name: np.repeat(rows[:1], 25, axis=0) for name, rows in ROWS.items()}
    with gallery_in(tmp_path, rows) as made:
        closeness = sampled(made.collection.stored, "histogram", METRICS.get("euclidean"))
    assert closeness.nothing_similar(0.5) is None
    assert closeness.closeness_of(0.0) == 0.0


def test_a_large_collection_is_asked_for_fewer_nearest_neighbours(small, monkeypatch):
    monkeypatch.setattr("cbir.searching.closeness.PROBES", (5, 200))
    monkeypatch.setattr("cbir.searching.closeness.SCANNED", 30 * 6 * 11)
    assert len(sampled(small.collection.stored, "code", METRICS.get("cosine")).nearest) == 11
    monkeypatch.setattr("cbir.searching.closeness.SCANNED", 1)
    assert len(sampled(small.collection.stored, "code", METRICS.get("cosine")).nearest) == 5


SCORES = st.lists(st.floats(-1, 1), min_size=1, max_size=30)


@given(SCORES, st.floats(-2, 2), st.floats(-2, 2), st.booleans())
def test_a_closer_score_is_never_less_close(pairs, one, other, larger_is_better):
    closeness = made_of(pairs, larger_is_better=larger_is_better)
    closer, farther = sorted((one, other), reverse=larger_is_better)
    assert 0 <= closeness.closeness_of(farther) <= closeness.closeness_of(closer) <= 1


@given(SCORES, st.floats(-2, 2), st.booleans())
def test_what_lies_beyond_every_pair_is_not_close_at_all_and_what_lies_before_is_wholly(
    pairs, score, larger_is_better
):
    closeness = made_of(pairs, larger_is_better=larger_is_better)
    best, worst = (max(pairs), min(pairs)) if larger_is_better else (min(pairs), max(pairs))
    assert closeness.closeness_of(worst) == 0
    assert closeness.closeness_of(best + (0.5 if larger_is_better else -0.5)) == 1


def made_of(scores, *, larger_is_better):
    keys = np.sort(np.array(scores) * (-1 if larger_is_better else 1))
    return Closeness(larger_is_better, keys, keys, 1.0, 100, ("a",), np.zeros(1, np.float32))


@pytest.mark.parametrize(("metric", "own", "hits", "expected"), [
    ("euclidean", 0.0, [("a", 0.0), ("b", 0.0), ("c", 1e-12), ("d", 0.1)], "d"),
    ("euclidean", 0.0, [("a", 0.2), ("b", 0.3)], "b"),
    ("cosine", 1.0, [("a", 1.0), ("b", 1.0), ("c", 0.9)], "c"),
    ("cosine", 1.0, [("a", 1.0), ("b", 1.0)], None),
])  # fmt: skip
def test_the_nearest_other_is_neither_the_querys_image_nor_a_copy_of_it(metric, own, hits, expected):
    found = nearest_other([Hit(*hit) for hit in hits], frozenset({"a"}), own, METRICS.get(metric))
    assert (found.id if found else None) == expected
