"""Random sequences of calls on an engine and on the model, compared after every step that reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from cbir.engines.base import Filter, SearchRequest, Severity
from cbir.records import Identity, ImageEntry, Location

from .model import Model, assert_same_ranking
from .oracle import FORMULAS, NEEDS_NON_NEGATIVE
from .samples import LABELS, MAKERS, NAMES, WORDS, image_id, record

POSITIVE = Identity("dense", 1, 6, non_negative=True)
SIGNED = Identity("signed", 1, 3, non_negative=False)
LATE = Identity("late", 1, 4, non_negative=True)

numbers = st.integers(0, 14)
seeds = st.integers(0, 5)
"""Few, so that equal descriptors, and with them ties, are common."""
filters = st.builds(
    Filter,
    labels=st.lists(st.sampled_from(LABELS[:4]), max_size=2, unique=True).map(tuple),
    text=st.sampled_from(["", "", "sun", "img", "naive", "sunset 2017"]),
    exclude=st.frozensets(numbers.map(image_id), max_size=3),
)
requests = st.builds(
    SearchRequest,
    extractor=st.sampled_from(["dense", "signed", "late"]),
    metric=st.sampled_from(list(FORMULAS)),
    k=st.integers(1, 20),
    offset=st.integers(0, 4),
    filter=filters,
)
records = st.builds(
    lambda number, name, labels, keywords, caption: record(
        number,
        locations=(Location(f"/photos/{name}", number, number, "/photos"),) if name else (),
        labels=tuple(labels),
        keywords=tuple(keywords),
        caption=caption,
    ),
    numbers,
    st.sampled_from(["", *NAMES]),
    st.lists(st.sampled_from(LABELS[:4]), max_size=3),
    st.lists(st.sampled_from(WORDS[:5]), max_size=2),
    st.sampled_from(["", *WORDS]),
)


def vector(identity: Identity, seed: int) -> np.ndarray:
    """Descriptor number ``seed``; number 0 is zero."""
    maker = MAKERS.get(identity.name, MAKERS["dense"])
    return maker(np.random.default_rng(seed), identity.dims) * np.float32(seed > 0)


class Congruence(RuleBasedStateMachine):
    """Every call goes to the engine and to the model."""

    def __init__(self, make_engine) -> None:
        super().__init__()
        self.engine = make_engine()
        self.model = Model(["dense", "signed"])
        self.identities = {"dense": POSITIVE, "signed": SIGNED}

    @initialize()
    def create(self):
        self.engine.create("photos", [POSITIVE, SIGNED])
        self.collection = self.engine.open("photos", write=True)

    def teardown(self):
        if hasattr(self, "collection"):
            faults = [f for f in self.collection.check() if f.severity is Severity.FAULT]
            self.collection.close()
            assert faults == []

    @rule(batch=st.lists(st.tuples(records, seeds), max_size=6))
    def upsert(self, batch):
        entries = [
            ImageEntry(one, {name: vector(identity, seed) for name, identity in self.identities.items()})
            for one, seed in batch
        ]
        self.collection.upsert(entries)
        self.model.upsert(entries)

    @rule(batch=st.lists(records, max_size=3))
    def update(self, batch):
        self.collection.update(batch)
        self.model.update(batch)

    @rule(ids=st.lists(numbers.map(image_id), max_size=4))
    def delete(self, ids):
        known = set(self.model.records)
        results = self.collection.delete(ids)
        assert {r.id for r in results if r.done} == known & set(ids)
        self.model.delete(ids)

    @rule()
    def compact(self):
        self.collection.compact()

    @rule()
    def reopen(self):
        self.collection.close()
        self.collection = self.engine.open("photos", write=True)

    @precondition(lambda self: "late" not in self.identities)
    @rule()
    def add_extractor(self):
        self.collection.add_extractor(LATE)
        self.identities["late"] = LATE
        self.model.extractors.append("late")

    @precondition(lambda self: "late" in self.identities)
    @rule()
    def drop_extractor(self):
        self.collection.drop_extractor("late")
        del self.identities["late"]
        self.model.drop_extractor("late")

    @precondition(lambda self: "late" in self.identities)
    @rule(seed=seeds, share=st.floats(0, 1))
    def fill(self, seed, share):
        missing = self.collection.missing("late")
        assert missing == self.model.missing("late")
        chosen = missing[: round(share * len(missing))]
        self.collection.fill("late", {image: vector(LATE, seed) for image in chosen})
        for image in chosen:
            self.model.vectors[image]["late"] = vector(LATE, seed)

    @rule(request=requests, queries=st.lists(seeds, min_size=1, max_size=3))
    def search(self, request, queries):
        identity = self.identities.get(request.extractor)
        if identity is None or self.model.missing(request.extractor):
            return
        if request.metric in NEEDS_NON_NEGATIVE and not identity.non_negative:
            return
        matrix = np.stack([vector(identity, seed) for seed in queries])
        for ranking, query in zip(self.collection.search(request, matrix), matrix, strict=True):
            assert_same_ranking(ranking, self.model, request, query)

    @rule(chosen=filters)
    def read(self, chosen):
        found = self.collection.page(0, 100, chosen)
        assert [r.id for r in found] == self.model.found(chosen)
        assert self.collection.count(chosen) == len(found)
        for one in found:
            expected = self.model.records[one.id]
            assert replace(one, added_at=expected.added_at) == expected
        assert dict(self.collection.labels()) == self.model.labels()
        assert list(self.collection.locations()) == self.model.locations()

    @rule()
    def vectors(self):
        for name in self.identities:
            ids = [image for image in self.model.found() if name in self.model.vectors[image]]
            found = self.collection.vectors(name, ids)
            assert found.tobytes() == b"".join(self.model.vectors[i][name].tobytes() for i in ids)


def test_any_sequence_of_calls_leaves_what_the_model_has(make_engine):
    """Fewer sequences where each call goes over a network."""
    run_state_machine_as_test(
        lambda: Congruence(make_engine),
        settings=settings(
            max_examples=4 if make_engine().capabilities.many_writers else 25,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
