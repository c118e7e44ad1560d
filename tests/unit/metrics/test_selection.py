"""The whole way of a search: keys, contenders, scores in float64. It must equal scoring everything."""

import numpy as np
import pytest
from tests.unit.metrics.vectors import adversarial_rows, random_rows

from cbir.metrics.base import key_error
from cbir.metrics.parallel import scan_rows
from cbir.metrics.selection import contenders


def brute_force(metric, query, rows, k):
    """Positions of the k best by score, ties by position."""
    return np.lexsort((np.arange(len(rows)), metric.best_first(metric.score(query, rows))))[:k].tolist()


def rescored(metric, query, rows, k, known):
    keys, errors = known
    chosen = contenders(keys, errors, k)
    order = metric.best_first(metric.score(query, rows[chosen]))
    return chosen[np.lexsort((chosen, order))[:k]].tolist()


def near_ties(dims, kind):
    """Rows that float32 can hardly tell apart, among them exact ties."""
    random = np.random.default_rng(dims)
    base = random.random(dims) * (random.random(dims) < 0.5) + 1e-3
    scale = {"ordinary": 1.0, "small": 1e-20, "large": 1e15}[kind]
    jitter = random.integers(-3, 4, (300, dims)) * (random.random((300, 1)) < 0.7) * 6e-8
    rows = (scale * base * (1 + jitter)).astype(np.float32)
    rows[::7] = rows[0]
    return rows


@pytest.mark.parametrize("kind", ["ordinary", "small", "large"])
@pytest.mark.parametrize("dims", [2, 40, 600])
def test_near_ties_are_ranked_as_by_scoring_everything(any_metric, dims, kind):
    rows = near_ties(dims, kind)
    queries = rows[[1, 2, 7]]
    together = np.empty((3, len(rows)), np.float32)
    many = any_metric.scan_many(queries)
    scan_rows(many, [rows], together)
    errors = many.error(together)
    for query, own, error in zip(queries, together, errors, strict=True):
        scan = any_metric.scan(query)
        keys = np.empty(len(rows), np.float32)
        scan_rows(scan, [rows], keys)
        for k in (1, 10, 299, 300, 1000):
            expected = brute_force(any_metric, query, rows, k)
            assert rescored(any_metric, query, rows, k, (keys, scan.error(keys))) == expected
            assert rescored(any_metric, query, rows, k, (own, error)) == expected


@pytest.mark.parametrize("dims", [1, 5, 405])
def test_hard_vectors_are_ranked_as_by_scoring_everything(any_metric, dims):
    """Also those whose keys float32 cannot hold."""
    rows = np.concatenate([adversarial_rows(dims), random_rows(30, dims), adversarial_rows(dims)])
    for query in rows:
        scan = any_metric.scan(query)
        keys = np.empty(len(rows), np.float32)
        scan(rows, keys)
        for k in (1, 5, 40):
            assert rescored(any_metric, query, rows, k, (keys, scan.error(keys))) == brute_force(
                any_metric, query, rows, k
            )


def test_ordinary_rows_leave_few_contenders(metric):
    rows = random_rows(3000, 405)
    keys = np.empty(3000, np.float32)
    scan = metric.scan(rows[0])
    scan_rows(scan, [rows], keys)
    assert len(contenders(keys, scan.error(keys), 10)) <= 15


def test_contenders_are_those_whose_doubt_reaches_the_kth():
    keys = np.array([5, 1, 2, 3, 4], np.float32)
    assert contenders(keys, np.full(5, 0.4), 2).tolist() == [1, 2]
    assert contenders(keys, np.full(5, 0.5), 2).tolist() == [1, 2, 3]
    assert contenders(keys, np.array([3.0, 0, 0, 0, 0]), 2).tolist() == [0, 1, 2]
    assert contenders(keys, np.zeros(5), 5).tolist() == contenders(keys, np.zeros(5), 9).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("unknown", [np.inf, -np.inf, np.nan])
def test_a_key_that_says_nothing_is_always_a_contender(unknown):
    keys = np.array([unknown, 1, 2, 3], np.float32)
    errors = key_error(keys, relative=1e-7)
    assert errors[0] == np.inf
    assert contenders(keys, errors, 1).tolist() == [0, 1]
    assert contenders(keys, errors, 2).tolist() == [0, 1, 2]
    assert contenders(np.full(4, unknown, np.float32), np.full(4, np.inf), 1).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("seed", range(40))
def test_a_row_is_left_out_only_if_k_others_beat_it_beyond_doubt(seed):
    """By counting, for many rows with ties, unknown keys and errors of all sizes."""
    random = np.random.default_rng(seed)
    size, k = int(random.integers(1, 1500)), int(random.integers(1, 40))
    keys = random.integers(0, 30 if seed % 2 else 100_000, size).astype(np.float32)
    keys[random.random(size) < (0, 0.01, 0.9)[seed % 3]] = (np.nan, np.inf, -np.inf)[seed % 3]
    errors = random.choice([0.0, 0.5, 3.0, 200.0], size) if seed % 5 else np.zeros(size)
    errors[~np.isfinite(keys)] = np.inf
    chosen = contenders(keys, errors, k).tolist()
    with np.errstate(invalid="ignore"):
        ends, begins = keys + errors, keys - errors
    beaten_by = [int((ends < begin).sum()) for begin in begins]
    left_out = sorted(set(range(size)) - set(chosen))
    assert all(beaten_by[row] >= k for row in left_out)
    if np.isfinite(keys).all():
        limit = ends[keys <= np.sort(keys)[min(k, size) - 1]].max()
        assert chosen == (np.flatnonzero(begins <= limit).tolist() if k < size else list(range(size)))
