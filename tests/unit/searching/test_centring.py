"""Half of the collection's mean taken off the query, against the formulas in float64."""

from itertools import permutations

import numpy as np
import pytest
from tests.unit.searching.conftest import gallery_in, random_vectors

from cbir.errors import InvalidRequestError, MetricNotApplicableError
from cbir.metrics import METRICS
from cbir.searching.closeness import sampled

COUNT = 60
ROWS = random_vectors(COUNT)


def cosine(a, b):
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


def euclidean(a, b):
    return np.sqrt(((a - b) ** 2).sum())


FORMULAS = {"cosine": cosine, "euclidean": euclidean}
CASES = [(extractor, metric) for extractor in ("histogram", "code") for metric in FORMULAS]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    """So few images that all of them are sampled, and their mean is the collection's."""
    with gallery_in(tmp_path_factory.mktemp("centring"), ROWS) as made:
        yield made


def all_scores(extractor, metric):
    """Row i: what image i, centred, scores with each image."""
    rows = ROWS[extractor].astype(np.float64)
    return np.array([[FORMULAS[metric](a, b) for b in rows] for a in rows - rows.mean(axis=0) / 2])


@pytest.mark.parametrize(("extractor", "metric"), CASES)
def test_scores_and_order_are_those_of_the_centred_query(gallery, extractor, metric):
    scores = all_scores(extractor, metric)
    for row in (0, 7, 41):
        found = gallery.find(row, extractor=extractor, metric=metric, k=COUNT, centred=True)
        of_row = {gallery.ids[other]: score for other, score in enumerate(scores[row])}
        assert len(found.hits) == COUNT
        for one in found.hits:
            assert one.hit.score == pytest.approx(of_row[one.hit.id], abs=1e-6)
        shown = [of_row[one.hit.id] for one in found.hits]
        falling = np.diff(shown) if metric == "euclidean" else -np.diff(shown)
        assert falling.min() > -1e-6


def test_the_order_is_another_than_the_plain_one_and_the_plain_one_stays(gallery):
    plain = [one.hit for one in gallery.find(3, extractor="code", metric="cosine", k=COUNT).hits]
    centred = [one.hit for one in gallery.find(3, extractor="code", metric="cosine", k=COUNT, centred=True).hits]
    assert [hit.id for hit in plain] != [hit.id for hit in centred]
    assert [one.hit for one in gallery.find(3, extractor="code", metric="cosine", k=COUNT).hits] == plain


def test_examples_are_put_together_first(gallery):
    """Of two liked images the query is their mean, with the norm that they share: none for these codes."""
    rows = ROWS["code"].astype(np.float64)
    query = (rows[4] + rows[9]) / 2 - rows.mean(axis=0) / 2
    found = gallery.find(4, 9, extractor="code", metric="euclidean", k=5, centred=True)
    best = sorted(euclidean(query, row) for row in rows)[:5]
    assert [one.hit.score for one in found.hits] == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize(("extractor", "metric"), CASES)
def test_closeness_is_told_by_pairs_of_which_one_is_centred(gallery, extractor, metric):
    scores = all_scores(extractor, metric)
    pairs = np.array([scores[i, j] for i, j in permutations(range(COUNT), 2)])
    closeness = sampled(gallery.collection.stored, extractor, METRICS.get(metric), centre=True)
    levels = np.unique(np.round(pairs, 6))
    for level in (levels[:-1] + levels[1:])[::200] / 2:
        farther = np.mean(pairs < level if metric == "cosine" else pairs > level)
        assert closeness.closeness_of(level) == pytest.approx(farther, abs=2 / len(pairs))
    found = gallery.find(0, extractor=extractor, metric=metric, centred=True).hits
    assert [one.closeness for one in found] == [closeness.closeness_of(one.hit.score) for one in found]


@pytest.mark.parametrize("metric", ["chi2", "kl", "bhattacharyya", "intersection"])
def test_metrics_that_need_non_negative_values_are_refused(gallery, metric):
    with pytest.raises(MetricNotApplicableError, match=f"negative numbers, which the metric '{metric}'"):
        gallery.find(0, extractor="histogram", metric=metric, centred=True)


def test_a_collection_too_small_to_tell_its_mean_is_named(tmp_path):
    with (
        gallery_in(tmp_path, {name: rows[:5] for name, rows in ROWS.items()}) as small,
        pytest.raises(InvalidRequestError, match="'photos' has too few images"),
    ):
        small.find(0, extractor="code", metric="cosine", centred=True)
