"""Finding by examples, against the collection's own search and formulas worked out here."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.searching.conftest import gallery_in

from cbir.describing.local import LocalQueries
from cbir.engines.base import Filter, SearchRequest
from cbir.errors import InvalidRequestError, MetricNotApplicableError, NotFoundError, UnknownNameError
from cbir.searching.crops import Crop
from cbir.searching.examples import IndexedExample, PictureExample
from cbir.searching.search import MAX_EXAMPLES, Search, find
from cbir.searching.steps import Steps

METRICS = ["euclidean", "cosine", "chi2", "kl", "bhattacharyya", "intersection"]
HISTOGRAMS = {"extractor": "histogram"}


def ids(found):
    return [one.hit.id for one in found.hits]


def shown(found):
    return [(one.rank, one.hit, one.collapsed) for one in found.hits]


# -- the ranking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(("k", "offset"), [(1, 0), (10, 0), (7, 13), (50, 100), (500, 0), (5, 120), (5, 999)])
def test_a_plain_search_is_the_engines_own_bit_for_bit(gallery, metric, k, offset):
    wanted = {"extractor": "histogram", "metric": metric, "k": k, "offset": offset}
    stored = gallery.collection.stored
    (ranking,) = stored.search(SearchRequest("histogram", metric, k, offset), gallery.vectors["histogram"][[4]])
    records = stored.get([hit.id for hit in ranking.hits])
    for closeness in (True, False):
        found = gallery.find(4, **wanted, closeness=closeness)
        assert [(one.rank, one.hit, one.record) for one in found.hits] == list(
            zip(range(offset + 1, offset + 1 + len(records)), ranking.hits, records, strict=True)
        )
        named = (gallery.collection.name, "histogram", metric, "exact", ranking.exact)
        assert (found.collection, found.extractor, found.metric, found.strategy, found.exact) == named


def test_labels_text_and_excluded_examples_are_those_of_the_engines_search(gallery):
    wanted = {"extractor": "histogram", "k": 100, "labels": ("odd",), "text": "IMG"}
    request = SearchRequest("histogram", "cosine", 100, filter=Filter(("odd",), "IMG", frozenset({gallery.ids[5]})))
    (ranking,) = gallery.collection.stored.search(request, gallery.vectors["histogram"][[5]])
    found = gallery.find(5, **wanted, exclude_self=True)
    assert found.metric == request.metric
    assert [one.hit for one in found.hits] == list(ranking.hits)
    assert found.total == len(found.hits) == 59


def test_several_examples_are_ranked_by_the_distance_to_their_rocchio_query(gallery):
    rows = gallery.vectors["code"].astype(np.float64)
    query = rows[[3, 8]].mean(axis=0) - 0.2 * rows[20]
    distances = np.linalg.norm(rows - query, axis=1)
    search = Search(
        positives=(IndexedExample(gallery.ids[3]), IndexedExample(gallery.ids[8])),
        negatives=(IndexedExample(gallery.ids[20]),),
        extractor="code",
        metric="euclidean",
        k=30,
    )
    found = find(gallery.collection, search)
    assert ids(found) == [gallery.ids[row] for row in np.argsort(distances)[:30]]
    assert [one.hit.score for one in found.hits] == pytest.approx(np.sort(distances)[:30], rel=1e-5)


def test_every_example_is_left_out_of_its_own_answer_also_the_unwanted(gallery):
    examples = [IndexedExample(gallery.ids[row]) for row in (0, 1, 2)]
    search = Search(positives=tuple(examples[:2]), negatives=(examples[2],), exclude_self=True, k=500, **HISTOGRAMS)
    found = find(gallery.collection, search)
    assert set(ids(found)) == set(gallery.ids[3:])
    assert found.total == 117


def test_a_picture_from_outside_that_is_indexed_is_left_out_also_when_it_is_cropped(pictures):
    queries = LocalQueries()
    with open(pictures.paths[2], "rb") as file:
        token = queries.put(file.read())
    for crop in (None, Crop(0, 0, 20, 20)):
        example = PictureExample(token, queries, crop)
        found = find(pictures.collection, Search(positives=(example,), exclude_self=True))
        assert set(ids(found)) == set(pictures.ids) - {pictures.ids[2]}


def test_defaults_are_those_of_the_collections_search(pictures):
    found = find(pictures.collection, Search(positives=(IndexedExample(pictures.ids[0]),)))
    assert (found.extractor, found.metric, found.engine, found.index) == (
        "hist-basic",
        "chi2",
        "embedded",
        "pictures",
    )


# -- threshold, pages, totals --------------------------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("collapse", [False, True])
def test_a_threshold_keeps_what_is_as_good_or_better_and_tells_how_many_that_are(gallery, metric, collapse):
    wanted = {"extractor": "histogram", "metric": metric, "k": 500, "collapse": collapse}
    whole = gallery.find(0, **wanted)
    for place in (0, 9, 31):
        limit = whole.hits[place].hit.score
        larger = metric in ("cosine", "intersection")
        expected = [one for one in whole.hits if (one.hit.score >= limit if larger else one.hit.score <= limit)]
        found = gallery.find(0, **wanted, threshold=limit)
        assert [one.hit for one in found.hits] == [one.hit for one in expected]
        assert (found.total, found.total_is_exact) == (len(expected), True)


def test_a_threshold_that_nothing_reaches_leaves_nothing(gallery):
    found = gallery.find(0, **HISTOGRAMS, metric="euclidean", threshold=-1.0)
    assert (found.hits, found.total, found.total_is_exact) == ((), 0, True)


@settings(max_examples=15, deadline=None)
@given(
    size=st.integers(6, 60),
    wanted=st.fixed_dictionaries(
        {"collapse": st.booleans(), "threshold": st.none() | st.floats(0.0, 1.2), "closeness": st.booleans()}
    ),
)
def test_pages_put_together_are_one_long_page(gallery, size, wanted):
    wanted |= {"extractor": "histogram", "metric": "euclidean"}
    whole = gallery.find(7, **wanted, k=500)
    pages = []
    for offset in range(0, 120 + size, size):
        page = gallery.find(7, **wanted, k=size, offset=offset)
        assert page.total >= whole.total
        assert not page.total_is_exact or page.total == whole.total == len(whole.hits)
        pages += shown(page)
    assert pages == shown(whole)


def test_no_image_is_lost_or_shown_twice_where_near_duplicates_are_collapsed(gallery):
    found = gallery.find(0, **HISTOGRAMS, collapse=True, k=500)
    everything = ids(found) + [one for hit in found.hits for one in hit.collapsed]
    assert sorted(everything) == sorted(gallery.ids)
    assert [hit.rank for hit in found.hits] == list(range(1, len(found.hits) + 1))
    # of every three images the second is a copy of the first, and of every six the third nearly so
    families = {gallery.ids[row]: row // 3 for row in range(120)}
    gathered = [(families[hit.hit.id], {families[one] for one in hit.collapsed}) for hit in found.hits]
    assert all(members <= {family} for family, members in gathered)
    assert len(found.hits) == 20 * 1 + 20 * 2
    assert (found.total, found.total_is_exact) == (60, True)


def test_near_duplicates_are_the_same_whatever_metric_ranks(gallery):
    sizes = {
        metric: len(gallery.find(0, **HISTOGRAMS, metric=metric, collapse=True, k=500).hits) for metric in METRICS
    }
    assert set(sizes.values()) == {60}


def test_in_a_small_collection_only_equal_descriptors_are_collapsed(tmp_path):
    rows = np.eye(6, dtype=np.float32)[[0, 0, 1, 1, 1, 2]]
    rows[4] *= 0.999
    with gallery_in(tmp_path, {"histogram": np.repeat(rows, 2, axis=1), "code": rows}) as small:
        found = small.find(0, **HISTOGRAMS, collapse=True)
    assert sorted(len(one.collapsed) for one in found.hits) == [0, 0, 1, 1]
    assert {one.closeness for one in found.hits} == {None}
    assert found.nothing_similar is None


def test_pages_far_down_are_read_alone_and_rank_the_same(gallery, monkeypatch):
    whole = gallery.find(4, **HISTOGRAMS, k=120)
    monkeypatch.setattr("cbir.searching.pages.MAX_K", 30)
    monkeypatch.setattr("cbir.searching.ranked.MAX_K", 30)
    limit = whole.hits[70].hit.score
    pages = [gallery.find(4, **HISTOGRAMS, k=25, offset=offset, threshold=limit) for offset in range(0, 125, 25)]
    assert [one.hit for page in pages for one in page.hits] == [one.hit for one in whole.hits[:71]]
    assert [page.total for page in pages if page.total_is_exact] == [71]
    collapsed = [gallery.find(4, **HISTOGRAMS, k=25, offset=offset, collapse=True) for offset in (0, 25, 50)]
    assert sum(len(page.hits) for page in collapsed) == 60


def test_total_counts_what_the_filters_leave(gallery):
    assert gallery.find(0, **HISTOGRAMS, k=3).total == 120
    assert gallery.find(0, **HISTOGRAMS, k=3, labels=("even",)).total == 60
    assert gallery.find(0, **HISTOGRAMS, k=3, labels=("none",)).total == 0


def test_total_is_a_bound_while_a_threshold_may_cut_on_a_later_page(gallery):
    found = gallery.find(0, **HISTOGRAMS, metric="euclidean", threshold=100.0, k=3)
    assert (found.total, found.total_is_exact) == (120, False)
    found = gallery.find(0, **HISTOGRAMS, metric="euclidean", threshold=100.0, k=120)
    assert (found.total, found.total_is_exact) == (120, True)


# -- closeness -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS)
def test_closeness_falls_along_the_ranking_from_that_of_the_image_itself(gallery, metric):
    found = gallery.find(0, **HISTOGRAMS, metric=metric, k=120)
    values = [one.closeness for one in found.hits]
    assert all(a >= b for a, b in pairwise(values))
    # of the 14,280 ordered pairs, 80 are copies; their members may be exactly as far apart as the image from itself
    assert values[0] >= 1 - 80 / 14_280
    assert values[-1] < 0.2


def test_closeness_is_told_only_where_it_is_asked_for(gallery):
    found = gallery.find(0, **HISTOGRAMS, closeness=False)
    assert {one.closeness for one in found.hits} == {None}
    assert found.nothing_similar is None
    assert found.steps.milliseconds()["closeness"] < found.steps.milliseconds()["search"]


@pytest.fixture(scope="module")
def islands(tmp_path_factory):
    """40 points near to each other, one far away, and one far away in another direction that is there twice."""
    rng = np.random.default_rng(5)
    rows = rng.normal(0, 1, (43, 6)).astype(np.float32)
    rows[40] = [100, 0, 0, 0, 0, 0]
    rows[41:] = [0, 100, 0, 0, 0, 0]
    with gallery_in(tmp_path_factory.mktemp("islands"), {"histogram": np.ones((43, 12)), "code": rows}) as made:
        yield made


@pytest.mark.parametrize("exclude_self", [False, True])
@pytest.mark.parametrize("offset", [0, 20])
def test_nothing_is_similar_to_what_lies_alone_its_own_image_and_copies_aside(islands, exclude_self, offset):
    wanted = {"extractor": "code", "metric": "euclidean", "exclude_self": exclude_self, "offset": offset}
    assert islands.find(0, **wanted).nothing_similar is False
    assert islands.find(40, **wanted).nothing_similar is True
    assert islands.find(41, **wanted).nothing_similar is True


def test_nothing_is_similar_where_there_is_nothing_else(islands):
    wanted = {"extractor": "histogram", "metric": "euclidean"}
    # every image is a copy of every other: no neighbour is known, and none is found
    assert islands.find(0, **wanted).nothing_similar is True


def test_a_threshold_does_not_change_whether_anything_is_similar(islands):
    wanted = {"extractor": "code", "metric": "euclidean", "threshold": -1.0}
    assert islands.find(0, **wanted).nothing_similar is False


# -- steps and refusals --------------------------------------------------------------------------------


def test_steps_are_measured_into_what_is_given(gallery):
    steps = Steps()
    found = find(gallery.collection, Search(positives=(IndexedExample(gallery.ids[0]),), **HISTOGRAMS), steps)
    assert found.steps is steps
    assert steps.milliseconds()["search"] > 0
    assert steps.milliseconds()["decode"] == 0


@pytest.mark.parametrize("wanted", [
    {"k": 0}, {"k": 10_001}, {"offset": -1}, {"threshold": float("nan")}, {"threshold": float("inf")},
    {"strategy": "guess"}, {"metric": "kl-literal"}, {"metric": "euclid"},
])  # fmt: skip
def test_what_cannot_be_is_refused_as_the_collection_refuses_it(gallery, wanted):
    for more in ({}, {"collapse": True}):
        with pytest.raises(InvalidRequestError):
            gallery.find(0, **HISTOGRAMS, **wanted, **more)


def test_a_metric_that_the_descriptor_does_not_allow_is_refused(gallery):
    with pytest.raises(MetricNotApplicableError):
        gallery.find(0, extractor="code", metric="chi2")


def test_an_extractor_that_the_collection_lacks_is_unknown(gallery):
    with pytest.raises(UnknownNameError):
        gallery.find(0, extractor="hist-basic")


def test_no_example_and_too_many_are_refused(gallery):
    example = IndexedExample(gallery.ids[0])
    for positives, negatives in [((), ()), ((), (example,)), ((example,) * MAX_EXAMPLES, (example,))]:
        with pytest.raises(InvalidRequestError, match="example"):
            find(gallery.collection, Search(positives=positives, negatives=negatives, **HISTOGRAMS))


def test_an_example_that_is_not_there_is_not_found(gallery):
    search = Search(positives=(IndexedExample(gallery.ids[0]),), negatives=(IndexedExample("ab" * 32),), **HISTOGRAMS)
    with pytest.raises(NotFoundError, match="ab" * 32):
        find(gallery.collection, search)
