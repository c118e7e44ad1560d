"""Explanations of hits in collections of which every number is known."""

import numpy as np
import pytest
from tests.unit.searching.conftest import HISTOGRAM, gallery_in, image_id, random_vectors

from cbir.collection import Choice
from cbir.engines.base import Filter
from cbir.errors import InvalidRequestError, MetricNotApplicableError, NotFoundError
from cbir.explain import ranks
from cbir.explain.explaining import Question, explain
from cbir.explain.ranks import Pair, allowed_metrics, rank_under
from cbir.extractors.hsv import HistBasic
from cbir.metrics import METRICS, search_metrics
from cbir.metrics.base import Metric
from cbir.records import Identity
from cbir.searching.examples import IndexedExample
from cbir.searching.feedback import rocchio
from cbir.searching.steps import Steps

NAMES = [metric.name for metric in search_metrics()]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    """120 images with two descriptors, some of them copies; nothing in it is changed."""
    with gallery_in(tmp_path_factory.mktemp("gallery"), random_vectors()) as made:
        yield made


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    """30 images with random `hist-basic`, region by region of sum 1/5."""
    rows = np.random.default_rng(5).dirichlet(np.full(81, 0.05), (30, 5)).reshape(30, 405) / 5
    identity = HistBasic().identity(None)
    with gallery_in(tmp_path_factory.mktemp("colours"), {"hist-basic": rows.astype(np.float32)}, [identity]) as made:
        yield made


def why(gallery, query, image, **wanted):
    examples = (IndexedExample(gallery.ids[query]),)
    return explain(
        gallery.collection,
        Question(**{"positives": examples, "image": IndexedExample(gallery.ids[image]), **wanted}),
    )


def true_rank(rows, metric, query, image, among=range(120)):
    """1 + the number of images with a better score, or as good a one and a smaller id, counted one by one."""
    known = METRICS.get(metric)
    keys = [(-score if known.larger_is_better else score) for score in known.score(query, rows)]
    return 1 + sum((keys[row], image_id(row)) < (keys[image], image_id(image)) for row in among)


# Terms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", NAMES)
def test_the_score_is_the_searches_and_follows_from_the_sums(gallery, metric):
    found = why(gallery, 3, 8, extractor="histogram", metric=metric)

    searched = gallery.find(3, extractor="histogram", metric=metric, k=120)
    (hit,) = [one.hit for one in searched.hits if one.hit.id == gallery.ids[8]]
    assert found.score == hit.score
    assert found.decomposition.score_of(found.apart, found.together) == pytest.approx(hit.score, rel=1e-9)


def test_every_dimension_is_there_with_the_values_of_both_sides(gallery):
    found = why(gallery, 3, 8, extractor="histogram", metric="chi2", top=12)

    query, image = (gallery.vectors["histogram"][row].astype(float) for row in (3, 8))
    assert found.dimensions.count == 12
    for one in found.dimensions.apart:
        dim = one.part.dim
        assert (one.query, one.image) == (query[dim], image[dim])
        assert one.apart == pytest.approx(0.5 * (query[dim] - image[dim]) ** 2 / (query[dim] + image[dim]))
    assert sum(one.apart for one in found.dimensions.apart) == pytest.approx(found.score)


def test_the_largest_dimensions_come_first_and_no_more_than_are_wanted(colours):
    found = why(colours, 0, 1, metric="intersection", top=7)

    rows = colours.vectors["hist-basic"].astype(float)
    minima = np.minimum(rows[0], rows[1]) / rows[0].sum()
    largest = sorted(minima, reverse=True)[:7]
    assert [one.together for one in found.dimensions.together] == pytest.approx(largest)
    for one in found.dimensions.together:
        assert one.together == pytest.approx(minima[one.part.dim])


def test_dimensions_without_a_share_are_left_out(gallery):
    found = why(gallery, 0, 1, extractor="histogram", metric="chi2", top=12)  # 1 is a copy of 0

    assert (found.score, found.apart, found.dimensions.apart) == (0, 0, ())
    assert len(found.dimensions.together) == np.count_nonzero(gallery.vectors["histogram"][0])


def test_regions_and_colours_are_the_sums_of_their_dimensions(colours):
    found = why(colours, 2, 3, metric="chi2", top=3)

    query, image = (colours.vectors["hist-basic"][row].astype(float).reshape(5, 81) for row in (2, 3))
    sums = query + image
    terms = np.divide((query - image) ** 2, 2 * sums, out=np.zeros((5, 81)), where=sums > 0)
    region, colour = found.groups
    names = ["ellipse", "top-left", "top-right", "bottom-right", "bottom-left"]
    assert (region.by, region.count, colour.by, colour.count) == ("region", 5, "colour", 81)
    assert {one.part.region: one.apart for one in region.apart} == pytest.approx(
        dict(zip(names, terms.sum(axis=1), strict=True))
    )
    assert sum(one.query for one in region.apart) == pytest.approx(1, rel=1e-6)
    assert [one.apart for one in colour.apart] == pytest.approx(sorted(terms.sum(axis=0), reverse=True)[:3])
    best = terms.sum(axis=0).argmax()
    assert colour.apart[0].part.colour.number == best
    assert colour.apart[0].image == pytest.approx(image.sum(axis=0)[best])


def test_a_query_of_several_examples_is_explained_as_it_is_searched_with(gallery):
    examples = [IndexedExample(gallery.ids[row]) for row in (0, 5)]
    unwanted = IndexedExample(gallery.ids[9])
    found = why(
        gallery,
        0,
        7,
        extractor="histogram",
        metric="kl",
        positives=tuple(examples),
        negatives=(unwanted,),
    )

    rows = gallery.vectors["histogram"]
    query = rocchio([rows[0], rows[5]], [rows[9]], non_negative=True)
    assert found.score == METRICS.get("kl").score(query, rows[[7]])[0]


def test_a_code_that_can_be_negative_is_explained_by_its_dimensions(gallery):
    found = why(gallery, 0, 1, extractor="code", top=6)

    query, image = (gallery.vectors["code"][row].astype(float) for row in (0, 1))
    units = query / np.linalg.norm(query), image / np.linalg.norm(image)
    assert (found.choice.metric.name, found.reader.kind, found.groups) == ("cosine", "values", ())
    assert found.score == pytest.approx(units[0] @ units[1])
    assert 1 - sum(one.apart for one in found.dimensions.apart) == pytest.approx(units[0] @ units[1])
    assert {one.part.dim for one in found.dimensions.together} == set(np.flatnonzero(query * image > 0))


# Ranks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("image", [3, 4, 60, 119])
def test_ranks_count_the_images_before_it_under_every_metric(gallery, image):
    found = why(gallery, 3, image, extractor="histogram")

    query = gallery.vectors["histogram"][3]
    assert [one.metric.name for one in found.ranks] == NAMES
    for one in found.ranks:
        assert one.rank == true_rank(gallery.vectors["histogram"], one.metric.name, query, image)
        assert one.beyond is None
        assert one.score == METRICS.get(one.metric.name).score(query, gallery.vectors["histogram"][[image]])[0]


def test_only_metrics_that_the_descriptor_allows_are_ranked(gallery):
    assert {one.metric.name for one in why(gallery, 3, 5, extractor="code").ranks} == {"euclidean", "cosine"}
    assert [one.name for one in allowed_metrics(HISTOGRAM)] == NAMES


def test_closeness_is_the_searches(gallery):
    found = why(gallery, 3, 8, extractor="histogram")
    for one in found.ranks:
        hits = gallery.find(3, extractor="histogram", metric=one.metric.name, k=120).hits
        (same,) = [hit for hit in hits if hit.hit.id == gallery.ids[8]]
        assert one.closeness == same.closeness
        assert one.rank == same.rank


def test_images_that_may_not_be_found_are_not_before_it(gallery):
    even = [row for row in range(120) if row % 2 == 0 and row != 2]
    found = why(gallery, 2, 40, extractor="histogram", labels=("even",), exclude_self=True)

    query = gallery.vectors["histogram"][2]
    for one in found.ranks:
        assert one.rank == true_rank(gallery.vectors["histogram"], one.metric.name, query, 40, even)


def test_an_image_that_may_not_be_found_has_no_rank(gallery):
    for wanted in ({"labels": ("odd",)}, {"text": "nowhere"}):
        found = why(gallery, 2, 40, extractor="histogram", **wanted)
        assert {(one.rank, one.beyond) for one in found.ranks} == {(None, None)}
    itself = why(gallery, 2, 2, extractor="histogram", exclude_self=True)
    assert {(one.rank, one.beyond) for one in itself.ranks} == {(None, None)}


def test_a_rank_is_found_in_a_longer_list_where_it_is_not_in_the_first(gallery, monkeypatch):
    monkeypatch.setattr(ranks, "READ", (2, 10, 120))
    query = gallery.vectors["histogram"][3]
    for row in range(0, 120, 17):
        (chi2,) = [one for one in why(gallery, 3, row, extractor="histogram").ranks if one.metric.name == "chi2"]
        assert chi2.rank == true_rank(gallery.vectors["histogram"], "chi2", query, row)


def test_too_far_is_said_so(gallery, monkeypatch):
    monkeypatch.setattr(ranks, "READ", (2, 10))
    monkeypatch.setattr(ranks, "MAX_K", 10)
    rows = gallery.vectors["code"]
    choice = Choice(gallery.collection.identity("code"), METRICS.get("euclidean"))
    order = sorted(range(120), key=lambda row: np.linalg.norm(rows[row].astype(float) - rows[0]))
    pairs = [Pair(rows[0], gallery.ids[row], rows[row]) for row in order[:12]]
    known = [rank_under(gallery.collection, choice, pair, Filter(), Steps()) for pair in pairs]
    assert [(one.rank, one.beyond) for one in known] == [(n, None) for n in range(1, 11)] + [(None, 10)] * 2


def test_ranks_are_left_out_where_they_are_not_wanted(gallery):
    assert why(gallery, 3, 8, extractor="histogram", ranks=False).ranks == ()


# What cannot be ---------------------------------------------------------------------------------------------


def test_an_image_that_is_not_there_cannot_be_explained(gallery):
    with pytest.raises(NotFoundError, match=image_id(999)):
        explain(
            gallery.collection,
            Question(positives=(IndexedExample(gallery.ids[0]),), image=IndexedExample(image_id(999))),
        )


def test_a_metric_that_refuses_the_descriptor_is_refused(gallery):
    with pytest.raises(MetricNotApplicableError):
        why(gallery, 0, 1, extractor="code", metric="chi2")


def test_a_metric_of_another_package_is_ranked_but_not_taken_apart(gallery, monkeypatch):
    """Manhattan's distance, as a package could bring it."""
    euclidean = METRICS.get("euclidean")
    fields = {name: getattr(euclidean, name) for name in Metric.__slots__}
    plain = {**fields, "name": "manhattan", "kernel": None, "kernel_many": None}
    plain["score"] = lambda query, rows: np.abs(rows.astype(float) - query).sum(axis=1)
    monkeypatch.setitem(METRICS._factories, "manhattan", lambda: Metric(**plain))
    monkeypatch.setattr(METRICS, "_made", dict(METRICS._made))

    with pytest.raises(InvalidRequestError, match="'manhattan' cannot be explained"):
        why(gallery, 0, 1, extractor="histogram", metric="manhattan")
    (ranked,) = [one for one in why(gallery, 0, 5, extractor="histogram").ranks if one.metric.name == "manhattan"]
    query = gallery.vectors["histogram"][0]
    assert ranked.rank == true_rank(gallery.vectors["histogram"], "manhattan", query, 5)


def test_a_descriptor_that_was_imported_is_explained(tmp_path):
    identity = Identity("theirs", 1, 3, non_negative=True)
    rows = np.array([[1, 0, 2], [0, 0, 2], [4, 4, 0]], np.float32)
    with gallery_in(tmp_path, {"theirs": rows}, [identity]) as made:
        found = why(made, 0, 1, metric="intersection")
        assert [(one.part.dim, one.together) for one in found.dimensions.together] == [(2, pytest.approx(2 / 3))]
        assert [(one.part.dim, one.apart) for one in found.dimensions.apart] == [(0, pytest.approx(1 / 3))]
        assert {one.closeness for one in found.ranks} == {None}
