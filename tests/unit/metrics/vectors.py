"""Vectors to compare: random, sparse, and hard on float32."""

import numpy as np


def random_rows(rows, dims, *, density=1.0, seed=0):
    """Float32 (rows, dims), non-negative, of which about ``density`` is not zero."""
    random = np.random.default_rng(seed)
    values = random.gamma(0.7, size=(rows, dims)) * (random.random((rows, dims)) < density)
    return values.astype(np.float32)


def adversarial_rows(dims):
    """Non-negative float32 rows (n, dims) that are hard on float32, each of another kind."""
    random = np.random.default_rng(dims)
    spike, last = np.zeros((2, dims))
    spike[0], last[-1] = 1.0, 3.0
    base = random.random(dims)
    kinds = {
        "zero": np.zeros(dims),
        "constant": np.full(dims, 0.1),
        "spike": spike,
        "another spike": last,
        "dense": base,
        "nearly the same": base * (1 + 1e-7 * random.integers(-1, 2, dims)),
        "twice": 2 * base,
        "sparse": base * (random.random(dims) < 0.1),
        "denormal": base * 1e-40,
        "smallest": np.full(dims, 1e-45),
        "tiny": base * 1e-30,
        "large": base * 1e18,
        "huge": base * 1e37,
        "largest": np.full(dims, float(np.finfo(np.float32).max)),
        "all sizes": 10.0 ** random.uniform(-44, 38, dims),
        "small beside a spike": base * 1e-12 + spike,
        "alternating": np.where(np.arange(dims) % 2, 1.0, 1e-8),
    }
    return np.array(list(kinds.values()), np.float64).astype(np.float32)
