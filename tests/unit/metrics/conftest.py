import pytest
from tests.unit.metrics.vectors import adversarial_rows

from cbir.metrics import METRICS, search_metrics

DIMS = (1, 2, 5, 64, 405, 1030)


@pytest.fixture(params=search_metrics(), ids=lambda metric: metric.name)
def metric(request):
    return request.param


@pytest.fixture(params=list(METRICS), ids=lambda metric: metric.name)
def any_metric(request):
    return request.param


@pytest.fixture(params=DIMS, ids=lambda dims: f"D{dims}")
def hard_rows(request):
    return adversarial_rows(request.param)
