"""One query under several extractors and metrics."""

from itertools import combinations

import pytest

from cbir.describing.local import LocalQueries
from cbir.errors import InvalidRequestError, MetricNotApplicableError
from cbir.searching.agreement import kendall_top_k, overlap_at_k
from cbir.searching.comparing import MAX_PAIRS, compare
from cbir.searching.examples import IndexedExample, PictureExample
from cbir.searching.search import Search

PAIRS = [("histogram", "chi2"), ("histogram", "kl"), ("code", "cosine"), ("code", None)]


def search(gallery, **wanted):
    return Search(positives=(IndexedExample(gallery.ids[4]),), **wanted)


def test_each_column_is_the_search_under_its_extractor_and_metric(gallery):
    found = compare(gallery.collection, search(gallery, k=15), PAIRS)
    for column, (extractor, metric) in zip(found.columns, PAIRS, strict=True):
        alone = gallery.find(4, extractor=extractor, metric=metric, k=15)
        assert column.hits == alone.hits
        assert (column.extractor, column.metric) == (alone.extractor, alone.metric)


def test_every_two_columns_are_compared_once(gallery):
    found = compare(gallery.collection, search(gallery, k=15), PAIRS)
    assert [(one.first, one.second) for one in found.agreements] == list(combinations(range(4), 2))
    rankings = [[one.hit.id for one in column.hits] for column in found.columns]
    for one in found.agreements:
        first, second = rankings[one.first], rankings[one.second]
        assert one.overlap == overlap_at_k(first, second, 15)
        assert one.kendall == kendall_top_k(first, second, 15)


def test_the_same_pair_twice_agrees_wholly_and_another_descriptor_less(gallery):
    found = compare(gallery.collection, search(gallery), [("code", None), ("code", "cosine"), ("histogram", "chi2")])
    same, other, _ = found.agreements
    assert (same.overlap, same.kendall) == (1, 1)
    assert other.overlap < 1
    assert other.kendall < 1


def test_a_picture_is_decoded_once_for_all_columns(pictures):
    queries = LocalQueries()
    with open(pictures.paths[2], "rb") as file:
        example = PictureExample(queries.put(file.read()), queries)
    pairs = [("hist-basic", "chi2"), ("hist-basic", "cosine")]
    found = compare(pictures.collection, Search(positives=(example,)), pairs)
    first, second = (column.steps.milliseconds() for column in found.columns)
    assert first["decode"] > 0
    assert second["decode"] == second["extract"] == 0


@pytest.mark.parametrize("count", [0, MAX_PAIRS + 1])
def test_a_number_of_pairs_that_cannot_be_is_refused(gallery, count):
    with pytest.raises(InvalidRequestError, match="pairs"):
        compare(gallery.collection, search(gallery), [("code", "cosine")] * count)


def test_too_many_hits_are_refused(gallery):
    with pytest.raises(InvalidRequestError, match="k = 1001"):
        compare(gallery.collection, search(gallery, k=1001), PAIRS)


def test_a_pair_that_cannot_be_is_refused(gallery):
    with pytest.raises(MetricNotApplicableError):
        compare(gallery.collection, search(gallery), [("histogram", "chi2"), ("code", "chi2")])
