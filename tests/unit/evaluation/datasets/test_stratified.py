"""Queries drawn so that the labels keep their shares."""

import hashlib
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cbir.evaluation.datasets.stratified import stratified_sample

ITEMS = st.lists(st.frozensets(st.sampled_from("abcde"), min_size=1), min_size=1, max_size=25)


def named(sets):
    return {f"im{number}": labels for number, labels in enumerate(sets)}


def counts(items, names):
    return Counter(label for name in names for label in items[name])


def deviation(items, sample):
    """Σ (q(l) − n·c(l)/N)², times N², so that it is a whole number."""
    every, inside = counts(items, items), counts(items, sample)
    return sum((len(items) * inside[label] - len(sample) * every[label]) ** 2 for label in every)


@given(ITEMS, st.integers(0, 30), st.integers())
def test_no_exchange_brings_the_labels_nearer_to_their_shares(sets, size, seed):
    items, size = named(sets), min(size, len(sets))
    sample = stratified_sample(items, size, seed)
    assert len(set(sample)) == len(sample) == size
    assert set(sample) <= set(items)
    reached = deviation(items, sample)
    for out in sample:
        for come in set(items) - set(sample):
            assert deviation(items, {*sample, come} - {out}) >= reached


@given(ITEMS, st.integers(0, 30), st.integers())
def test_the_draw_depends_on_the_seed_and_the_names_alone(sets, size, seed):
    items, size = named(sets), min(size, len(sets))
    shuffled = dict(reversed(items.items()))
    assert stratified_sample(items, size, seed) == stratified_sample(shuffled, size, seed)


def test_where_all_items_are_alike_the_draw_is_the_order_of_the_hashes():
    items = dict.fromkeys((f"im{i}" for i in range(20)), frozenset("a"))
    by_hash = sorted(items, key=lambda name: hashlib.sha256(f"7 {name}".encode()).hexdigest())
    assert stratified_sample(items, 5, seed=7) == by_hash[:5]
    assert stratified_sample(items, 5, seed=8) != by_hash[:5]


def test_the_labels_of_a_hundred_queries_out_of_many_keep_their_shares():
    """Label frequencies as in the 2017 paper's table, in a tenth of its images; labels come together by chance."""
    frequencies = [785, 398, 383, 365, 135, 108, 67, 67, 59, 48, 38, 21, 15, 12]
    chance = np.random.default_rng(5).random((2500, len(frequencies))) < np.array(frequencies) / 2500
    items = {f"im{i}": frozenset(map(str, np.flatnonzero(row))) for i, row in enumerate(chance) if row.any()}
    for seed in range(5):
        inside, every = counts(items, stratified_sample(items, 100, seed)), counts(items, items)
        for label, count in every.items():
            assert abs(inside[label] - 100 * count / len(items)) < 1
