"""Keys of the compiled scans against exactly rounded sums, within the bounds that the scans state themselves."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.unit.metrics.vectors import adversarial_rows, random_rows

from cbir.metrics import METRICS, kernels


def smoothed_in_units_of_uniform(x):
    """D·X'."""
    total = math.fsum(x)
    return [0.9 * len(x) * value / total + 0.1 if total else 1.0 for value in x]


def kl_key(a, b):
    p, q = smoothed_in_units_of_uniform(a), smoothed_in_units_of_uniform(b)
    return -math.fsum(x / len(a) * math.log(y) for x, y in zip(p, q, strict=True))


def cosine_key(a, b):
    if not any(a) or not any(b):
        return 0.0
    norms = math.sqrt(math.fsum(x * x for x in a)) * math.sqrt(math.fsum(y * y for y in b))
    return -math.fsum(x * y for x, y in zip(a, b, strict=True)) / norms


def bhattacharyya_key(a, b):
    if not any(a) or not any(b):
        return -1e-12
    masses = math.sqrt(math.fsum(a)) * math.sqrt(math.fsum(b))
    return -max(math.fsum(math.sqrt(x * y) for x, y in zip(a, b, strict=True)) / masses, 1e-12)


EXACT_KEYS = {
    "euclidean": lambda a, b: math.sqrt(math.fsum((x - y) ** 2 for x, y in zip(a, b, strict=True))),
    "cosine": cosine_key,
    "chi2": lambda a, b: 0.5 * math.fsum((x - y) ** 2 / (x + y) for x, y in zip(a, b, strict=True) if x + y > 0),
    "kl": kl_key,
    "bhattacharyya": bhattacharyya_key,
    "intersection": lambda a, b: (
        -math.fsum(min(x, y) for x, y in zip(a, b, strict=True)) / math.fsum(a) if any(a) else 0.0
    ),
}


def keys_and_errors(metric, queries, rows):
    """Keys (Q, N) with their bounds, by one scan a query and by one scan of all."""
    single = np.full((len(queries), len(rows)), 7, np.float32)
    scans = [metric.scan(query) for query in queries]
    for scan, keys in zip(scans, single, strict=True):
        scan(rows, keys)
    together = np.full((len(queries), len(rows)), 7, np.float32)
    many = metric.scan_many(queries)
    many(rows, together)
    yield single, np.array([scan.error(keys) for scan, keys in zip(scans, single, strict=True)])
    yield together, many.error(together)


def assert_within_bounds(metric, queries, rows):
    exact = np.array([[EXACT_KEYS[metric.name](a.tolist(), b.tolist()) for b in rows] for a in queries])
    for keys, errors in keys_and_errors(metric, queries, rows):
        assert errors.dtype == np.float64
        unknown = ~np.isfinite(keys)
        assert np.isinf(errors[unknown]).all()
        with np.errstate(invalid="ignore"):
            off = np.abs(keys - exact)
        assert (off <= errors)[~unknown].all(), (off / errors)[~unknown].max()


def test_keys_of_hard_vectors_are_within_their_bounds(metric, hard_rows):
    """Zeros, spikes, denormals, values at the end of float32's range, and near duplicates, each against each."""
    assert_within_bounds(metric, hard_rows, hard_rows)


@pytest.mark.parametrize("density", [1.0, 0.25])
@pytest.mark.parametrize("dims", [3, 255, 256, 257, 513, 4096])
def test_keys_of_ordinary_vectors_are_within_their_bounds(metric, dims, density):
    rows = random_rows(13, dims, density=density, seed=dims)
    assert_within_bounds(metric, rows[:3], rows)


@given(
    pair=arrays(
        np.float32,
        st.tuples(st.just(2), st.integers(1, 70)),
        elements=st.one_of(st.just(0.0), st.floats(0, 1, width=32), st.floats(0, width=32, allow_infinity=False)),
    )
)
@settings(max_examples=200)
@pytest.mark.parametrize("name", list(EXACT_KEYS))
def test_keys_of_any_vectors_are_within_their_bounds(name, pair):
    assert_within_bounds(METRICS.get(name), pair[:1], pair)


@pytest.mark.parametrize("name", ["euclidean", "cosine"])
def test_keys_of_vectors_of_any_sign_are_within_their_bounds(name):
    rows = np.random.default_rng(0).standard_normal((12, 700)).astype(np.float32)
    rows[5] = -rows[4]
    assert_within_bounds(METRICS.get(name), rows[:6], rows)


@pytest.mark.parametrize(
    ("name", "to_key"),
    [
        ("euclidean", lambda scores: scores),
        ("cosine", lambda scores: -scores),
        ("chi2", lambda scores: scores),
        ("kl", lambda scores: scores - scores[0]),
        ("bhattacharyya", lambda scores: -np.exp(-scores)),
        ("intersection", lambda scores: -scores),
    ],
)
def test_keys_rise_with_the_scores(name, to_key):
    """Each key is a rising function of the score turned so that smaller is better; kl's differs by a constant."""
    metric, rows = METRICS.get(name), random_rows(40, 300)
    keys = np.empty(40, np.float32)
    metric.scan(rows[0])(rows, keys)
    if name == "kl":
        keys -= keys[0]
    assert keys == pytest.approx(to_key(metric.score(rows[0], rows)), rel=1e-3, abs=1e-4)


def test_the_bounds_are_tight_enough_to_leave_few_contenders(metric):
    """On ordinary rows no bound exceeds a thousandth of the spread of the keys."""
    rows = random_rows(200, 4096, density=0.25)
    for keys, errors in keys_and_errors(metric, rows[:8], rows):
        assert errors.max() < 1e-3 * np.ptp(keys[0])


@pytest.mark.parametrize("queries", [1, 2, 3, 31, 70])
@pytest.mark.parametrize("rows", [1, 2, 5, 331])
def test_many_queries_get_the_keys_that_each_gets_alone(metric, queries, rows):
    """For numbers that do not fill the tiles, and more than are run together."""
    gallery, asked = random_rows(rows, 405), random_rows(queries, 405, seed=1)
    (single, errors), (together, other_errors) = keys_and_errors(metric, asked, gallery)
    assert (np.abs(single - together.astype(np.float64)) <= errors + other_errors).all()


def test_a_literal_metric_is_scanned_by_its_formula():
    rows = random_rows(20, 30)
    for name in ("kl-literal", "bhattacharyya-literal"):
        metric = METRICS.get(name)
        scores = metric.score(rows[1], rows)
        for keys, errors in keys_and_errors(metric, rows[1:3], rows):
            assert (np.abs(keys[0] - scores) <= errors[0]).all()


def test_no_rows_give_no_keys(metric):
    nothing = np.empty((0, 12), np.float32)
    metric.scan(np.ones(12, np.float32))(nothing, np.empty(0, np.float32))
    metric.scan_many(np.ones((3, 12), np.float32))(nothing, np.empty((3, 0), np.float32))


def test_a_scan_keeps_its_query_when_the_caller_changes_the_array(metric):
    rows = random_rows(10, 50)
    query = rows[0].copy()
    scan, many = metric.scan(query), metric.scan_many(query[None])
    expected, keys = np.empty((2, 10), np.float32)
    scan(rows, expected)
    query[:] = 0
    scan(rows, keys)
    assert (keys == expected).all()
    together = np.empty((1, 10), np.float32)
    many(rows, together)
    assert together[0] == pytest.approx(expected, rel=1e-4)


def test_read_only_and_mapped_galleries(metric, tmp_path):
    rows = random_rows(50, 64)
    rows.tofile(tmp_path / "rows.f32")
    mapped = np.memmap(tmp_path / "rows.f32", np.float32, "r", shape=rows.shape)
    for from_memory, from_file in zip(
        keys_and_errors(metric, rows[:3], rows), keys_and_errors(metric, rows[:3], mapped), strict=True
    ):
        assert (from_memory[0] == from_file[0]).all()


def test_the_logarithm_keeps_its_bound():
    """At every mantissa in three octaves, and at a sample of all floats of the range that kl uses."""

    @kernels.compiled
    def logarithms(values, out):
        for i in range(values.size):
            out[i] = kernels.log2(values[i])

    def bits(value):
        return int(np.float32(value).view(np.int32))

    octaves = [np.arange(bits(low), bits(2 * low), dtype=np.int32) for low in (1 / 16, 1.0, 2.0**19)]
    sample = np.arange(bits(1 / 16), bits(2.0**20), 997, dtype=np.int32)
    for values in (part.view(np.float32) for part in (*octaves, sample)):
        out = np.empty_like(values)
        logarithms(values, out)
        assert np.abs(out - np.log2(values.astype(np.float64))).max() <= kernels.LOG2_ERROR


def test_kernels_are_compiled_without_a_cache_where_no_folder_can_be_written(monkeypatch):
    from numba.core import caching

    monkeypatch.setattr(
        caching.CacheImpl if hasattr(caching, "CacheImpl") else caching._CacheImpl, "_locator_classes", []
    )

    def twice(x):
        return 2 * x

    assert kernels.compiled(twice)(21) == 42


def test_warming_up_compiles_every_kernel_once():
    """After it, scans of rows as the engine has them find their kernels compiled."""
    kernels.warm()
    compiled = [
        kernels.euclidean,
        kernels.cosine,
        kernels.chi2,
        kernels.intersection,
        kernels.bhattacharyya,
        kernels.kl,
    ]
    before = [len(kernel.signatures) for kernel in compiled]
    mapped = adversarial_rows(20)
    mapped.flags.writeable = False
    for name in EXACT_KEYS:
        METRICS.get(name).scan(mapped[3])(mapped, np.empty(len(mapped), np.float32))
    assert [len(kernel.signatures) for kernel in compiled] == before == [1] * 6
