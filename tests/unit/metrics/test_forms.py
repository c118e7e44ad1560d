"""A metric's fast form, run in float64 with primitives written here, gives its scores."""

import numpy as np
import pytest
from tests.unit.metrics.vectors import random_rows

from cbir.metrics.base import Primitive


def primitive(kind, a, b):
    if kind is Primitive.DOT:
        return b @ a
    if kind is Primitive.SQUARED_L2:
        return ((a - b) ** 2).sum(axis=1)
    if kind is Primitive.MIN_SUM:
        return np.minimum(a, b).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return 0.5 * np.nan_to_num((a - b) ** 2 / (a + b)).sum(axis=1)


@pytest.mark.parametrize("density", [1.0, 0.25])
def test_the_form_equals_the_score(any_metric, density):
    rows = random_rows(60, 200, density=density).astype(np.float64)
    rows[4] = 0
    for query in rows[2:6]:
        form = any_metric.form
        values = primitive(form.primitive, form.query(query), form.gallery(rows))
        assert form.finish(values, query) == pytest.approx(any_metric.score(query, rows), abs=1e-9)


def test_the_transforms_change_no_array(any_metric):
    rows = random_rows(5, 20).astype(np.float64)
    kept = rows.copy()
    any_metric.form.query(rows[0])
    any_metric.form.gallery(rows)
    assert (rows == kept).all()
