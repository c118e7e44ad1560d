"""Answers of every engine against the formulas in float64."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cbir.engines.base import Filter, SearchRequest
from cbir.errors import (
    ConflictError,
    DescriptorError,
    InvalidRequestError,
    MetricNotApplicableError,
    UnknownNameError,
)
from cbir.records import Identity, ImageEntry

from .model import Model, assert_same_ranking
from .oracle import FORMULAS, LARGER_IS_BETTER, NEEDS_NON_NEGATIVE, score
from .samples import ALL, DENSE, LABELS, SIGNED, SPARSE, descriptors, entries, entry, image_id, record

METRICS = list(FORMULAS)
APPLICABLE = [
    (one, metric) for one in ALL for metric in METRICS if one.non_negative or metric not in NEEDS_NON_NEGATIVE
]


@pytest.fixture
def filled(collection, rng):
    """A collection of 60 images and its model."""
    model = Model([one.name for one in ALL])
    batch = entries(rng, 60)
    collection.upsert(batch)
    model.upsert(batch)
    return collection, model


def check(collection, model, request, queries) -> None:
    for ranking, query in zip(collection.search(request, queries), queries, strict=True):
        assert_same_ranking(ranking, model, request, query)


def queries_for(rng, identity, count=1):
    return np.stack([descriptors(rng, [identity])[identity.name] for _ in range(count)])


@pytest.mark.parametrize(("identity", "metric"), APPLICABLE, ids=lambda v: v if isinstance(v, str) else v.name)
class TestEveryMetricAndDescriptor:
    def test_the_ten_best(self, filled, rng, identity, metric):
        check(*filled, SearchRequest(identity.name, metric), queries_for(rng, identity))

    def test_an_image_finds_itself(self, filled, identity, metric):
        collection, model = filled
        own = model.vectors[image_id(7)][identity.name]
        (ranking,) = collection.search(SearchRequest(identity.name, metric, k=1), own[None])
        assert ranking.hits[0].score == pytest.approx(score(metric, own, own), abs=1e-9)

    def test_k_beyond_the_collection_returns_all_of_it(self, filled, rng, identity, metric):
        collection, model = filled
        request = SearchRequest(identity.name, metric, k=10_000)
        queries = queries_for(rng, identity)
        assert len(collection.search(request, queries)[0].hits) == 60
        check(collection, model, request, queries)

    def test_many_queries_at_once(self, filled, rng, identity, metric):
        check(*filled, SearchRequest(identity.name, metric, k=7), queries_for(rng, identity, 9))

    def test_zero_vectors(self, filled, rng, identity, metric):
        """Zero images and a zero query have the scores that the formulas give them, and tie by id."""
        collection, model = filled
        zeros = [
            ImageEntry(record(n), {one.name: np.zeros(one.dims, np.float32) for one in ALL}) for n in range(100, 130)
        ]
        collection.upsert(zeros)
        model.upsert(zeros)
        queries = np.vstack([np.zeros((1, identity.dims), np.float32), queries_for(rng, identity)])
        check(collection, model, SearchRequest(identity.name, metric, k=20), queries)
        check(collection, model, SearchRequest(identity.name, metric, k=200), queries)

    def test_scores_beyond_float32(self, engine, collection, rng, identity, metric):
        """Vectors whose squares overflow or underflow float32 are ranked all the same, as far as they can be held."""
        model = Model([one.name for one in ALL])
        batch = entries(rng, 12)
        large = [1e25, 1e33] if engine.capabilities.max_norm is None else [1e9, 1e14]
        batch = [
            ImageEntry(e.record, {n: v * np.float32(scale) for n, v in e.descriptors.items()})
            for e, scale in zip(batch, [1e-30, 1e-20, *large] * 3, strict=True)
        ]
        collection.upsert(batch)
        model.upsert(batch)
        for position in (0, 1, 2, 3):
            check(
                collection,
                model,
                SearchRequest(identity.name, metric, k=5),
                batch[position].descriptors[identity.name][None],
            )


@pytest.mark.parametrize("metric", METRICS)
class TestTies:
    def test_many_identical_images(self, engine, rng, metric):
        """The border of the ranking falls among 3,000 images that tie: the smallest ids are in."""
        one = Identity("dense", 1, 6, non_negative=True)
        engine.create("ties", [one])
        same, other = descriptors(rng, [one]), descriptors(rng, [one])
        batch = [ImageEntry(record(n), same if n % 2 else other) for n in range(6000)]
        with engine.open("ties", write=True) as collection:
            collection.upsert(batch)
            (ranking,) = collection.search(SearchRequest("dense", metric, k=25), same["dense"][None])
            (further,) = collection.search(SearchRequest("dense", metric, k=25, offset=2990), same["dense"][None])
        tied = sorted(image_id(n) for n in range(1, 6000, 2))
        assert [hit.id for hit in ranking.hits] == tied[:25]
        assert [hit.id for hit in further.hits[:10]] == tied[2990:]
        assert [hit.id for hit in further.hits[10:]] == sorted(image_id(n) for n in range(0, 6000, 2))[:15]

    def test_neighbours_closer_than_float32_can_tell(self, engine, rng, metric):
        """Images that differ in the last bit of one value are ranked as float64 ranks them."""
        one = Identity("dense", 1, 64, non_negative=True)
        engine.create("near", [one])
        base = descriptors(rng, [one])["dense"]
        query = descriptors(rng, [one])["dense"]
        batch = []
        for n in range(300):
            vector = base.copy()
            vector[n % 64] = np.nextafter(vector[n % 64], np.float32(n // 64), dtype=np.float32)
            batch.append(ImageEntry(record(n), {"dense": vector}))
        with engine.open("near", write=True) as collection:
            collection.upsert(batch)
            (ranking,) = collection.search(SearchRequest("dense", metric, k=40), query[None])
        exact = {e.record.id: score(metric, query, e.descriptors["dense"]) for e in batch}
        values = [exact[hit.id] for hit in ranking.hits]
        best = sorted(exact.values(), reverse=metric in LARGER_IS_BETTER)[:40]
        assert values == pytest.approx(best, rel=1e-12, abs=1e-15)


class TestFilters:
    @pytest.mark.parametrize("labels", [("cat",), ("cat", "猫"), (LABELS[4],), (LABELS[5],), (LABELS[8],), ("none",)])
    def test_labels(self, filled, rng, labels):
        check(*filled, SearchRequest("dense", "cosine", filter=Filter(labels=labels)), queries_for(rng, DENSE))

    @pytest.mark.parametrize(
        "text",
        ["cafe", "CAFÉ", "sunset", "img 0001", "IMG_00", "sun", "of beach", "gru", '"quoted', "夏", "cat dog", "AND"],
    )
    def test_text(self, filled, rng, text):
        check(*filled, SearchRequest("dense", "chi2", filter=Filter(text=text)), queries_for(rng, DENSE))

    def test_exclusions(self, filled, rng):
        out = frozenset(image_id(n) for n in range(0, 60, 3)) | {"not there"}
        check(
            *filled, SearchRequest("signed", "euclidean", k=50, filter=Filter(exclude=out)), queries_for(rng, SIGNED)
        )

    def test_all_together_and_paged(self, filled, rng):
        chosen = Filter(labels=LABELS[:6], text="sunset", exclude=frozenset({image_id(1)}))
        request = SearchRequest("sparse:relu", "kl", k=2, offset=2, filter=chosen)
        check(*filled, request, queries_for(rng, SPARSE, 3))

    def test_pages_join_to_the_whole(self, filled, rng):
        collection, _ = filled
        queries = queries_for(rng, DENSE)
        (whole,) = collection.search(SearchRequest("dense", "intersection", k=60), queries)
        pages = [collection.search(SearchRequest("dense", "intersection", 7, o), queries)[0] for o in range(0, 70, 7)]
        assert [hit for page in pages for hit in page.hits] == list(whole.hits)

    def test_an_offset_beyond_the_end(self, filled, rng):
        collection, _ = filled
        (ranking,) = collection.search(SearchRequest("dense", "cosine", offset=10**9), queries_for(rng, DENSE))
        assert ranking.hits == ()


class TestChanges:
    def test_deleted_images_are_gone(self, filled, rng):
        collection, model = filled
        gone = [image_id(n) for n in range(0, 60, 4)]
        collection.delete(gone)
        model.delete(gone)
        check(collection, model, SearchRequest("dense", "cosine", k=100), queries_for(rng, DENSE, 2))

    def test_replaced_images_have_their_new_descriptors_alone(self, filled, rng):
        collection, model = filled
        new = entries(rng, 20, start=10)
        collection.upsert(new)
        model.upsert(new)
        for one in ALL:
            check(collection, model, SearchRequest(one.name, "euclidean", k=100), queries_for(rng, one, 2))

    def test_deleted_and_added_again(self, filled, rng):
        collection, model = filled
        again = entries(rng, 5, start=3)
        collection.delete([e.record.id for e in again])
        model.delete([e.record.id for e in again])
        collection.upsert(again)
        model.upsert(again)
        check(collection, model, SearchRequest("dense", "kl", k=100), queries_for(rng, DENSE))
        assert collection.get([again[0].record.id])[0].labels == tuple(sorted(set(again[0].record.labels)))

    def test_compaction_changes_no_answer(self, filled, rng):
        collection, model = filled
        gone = [image_id(n) for n in range(0, 60, 2)]
        collection.delete(gone)
        model.delete(gone)
        collection.compact()
        more = entries(rng, 30, start=60)
        collection.upsert(more)
        model.upsert(more)
        for one in ALL:
            check(collection, model, SearchRequest(one.name, "cosine", k=100), queries_for(rng, one, 2))
        assert collection.check() == []

    def test_an_empty_collection_has_no_hits(self, collection, rng):
        rankings = collection.search(SearchRequest("dense", "cosine"), queries_for(rng, DENSE, 3))
        assert [ranking.hits for ranking in rankings] == [(), (), ()]

    def test_no_queries_no_rankings(self, filled):
        collection, _ = filled
        assert collection.search(SearchRequest("dense", "cosine"), np.empty((0, DENSE.dims), np.float32)) == []

    def test_the_queries_stay_as_they_were(self, filled, rng):
        collection, _ = filled
        queries = queries_for(rng, DENSE, 2)
        before = queries.copy()
        for metric in METRICS:
            collection.search(SearchRequest("dense", metric), queries)
        np.testing.assert_array_equal(queries, before)


class TestRefusals:
    @pytest.mark.parametrize("k", [0, -1, 10_001])
    def test_k(self, filled, rng, k):
        with pytest.raises(InvalidRequestError, match=f"k = {k}"):
            filled[0].search(SearchRequest("dense", "cosine", k=k), queries_for(rng, DENSE))

    def test_offset(self, filled, rng):
        with pytest.raises(InvalidRequestError, match="offset = -1"):
            filled[0].search(SearchRequest("dense", "cosine", offset=-1), queries_for(rng, DENSE))

    @pytest.mark.parametrize("metric", sorted(set(METRICS) - NEEDS_NON_NEGATIVE))
    @pytest.mark.parametrize("identity", [DENSE, SPARSE], ids=lambda one: one.name)
    def test_a_query_below_zero_for_a_descriptor_that_is_not(self, filled, rng, identity, metric):
        """As a centred query is; its cosines with some images are below 0."""
        collection, model = filled
        queries = queries_for(rng, identity, 3) - 2 * queries_for(rng, identity, 3)
        assert queries.min() < 0
        check(collection, model, SearchRequest(identity.name, metric, k=60), queries)

    @pytest.mark.parametrize("metric", sorted(NEEDS_NON_NEGATIVE))
    def test_a_metric_that_the_descriptor_does_not_allow(self, filled, rng, metric):
        with pytest.raises(MetricNotApplicableError, match="signed"):
            filled[0].search(SearchRequest("signed", metric), queries_for(rng, SIGNED))

    def test_unknown_names_come_with_the_near_one(self, filled, rng):
        request, queries = SearchRequest("dense", "cosine"), queries_for(rng, DENSE)
        with pytest.raises(UnknownNameError, match=r"Did you mean 'dense'.*add-extractor"):
            filled[0].search(replace(request, extractor="dens"), queries)
        with pytest.raises(UnknownNameError, match="Did you mean 'cosine'"):
            filled[0].search(replace(request, metric="cosin"), queries)
        with pytest.raises(UnknownNameError, match="Did you mean 'exact'"):
            filled[0].search(replace(request, strategy="exakt"), queries)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.5])
    def test_a_query_with_values_that_cannot_be(self, filled, rng, value):
        queries = queries_for(rng, DENSE, 3)
        queries[1, 5] = value
        with pytest.raises(DescriptorError, match="dimension 5"):
            filled[0].search(SearchRequest("dense", "kl"), queries)

    @pytest.mark.parametrize("shape", [(1, 23), (24,), (1, 1, 24), (2, 25)])
    def test_a_query_of_another_shape(self, filled, shape):
        with pytest.raises(DescriptorError, match="shape"):
            filled[0].search(SearchRequest("dense", "cosine"), np.ones(shape, np.float32))

    def test_an_extractor_that_is_not_complete(self, filled):
        collection, _ = filled
        late = Identity("late", 1, 4, non_negative=True)
        collection.add_extractor(late)
        with pytest.raises(ConflictError, match="'late' is not complete: 60 images") as caught:
            collection.search(SearchRequest("late", "cosine"), np.ones((1, 4), np.float32))
        assert f"`cbir collections add-extractor {collection.name} late`" in caught.value.remedy
        collection.upsert([entry(np.random.default_rng(0), 3, (*ALL, late))])
        with pytest.raises(ConflictError, match="59 images"):
            collection.search(SearchRequest("late", "cosine"), np.ones((1, 4), np.float32))
