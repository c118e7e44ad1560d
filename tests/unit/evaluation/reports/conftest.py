"""A small evaluation with hostile names, as the runner makes it, and the report of it on disk."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from cbir.evaluation.comparison import Method
from cbir.evaluation.dataset import Dataset, LabelledImage
from cbir.evaluation.descriptors import Described
from cbir.evaluation.reports.build import Circumstances, build
from cbir.evaluation.reports.store import Reports
from cbir.evaluation.runner import Plan, evaluate
from cbir.images.files import hash_file
from cbir.ingest.walk import Failure
from cbir.metrics import METRICS
from cbir.records import Identity

HOSTILE = "<script>alert('x')</script>\"&"
"""A label, and part of a file's name."""
LABELS = ("beach", "bus", HOSTILE)
METRICS_ASKED = ("euclidean", "cosine", "chi2")


@dataclass(frozen=True)
class Named:
    """What the runner asks of an extractor."""

    name: str
    non_negative: bool


def _pictures(folder):
    """25 pictures of noise below ``folder``/images; one has a name that is not UTF-8, one a hostile one."""
    random = np.random.default_rng(0)
    names = [b"%02d.jpg" % number for number in range(23)] + [b"caf\xe9.jpg", b"<b>&amp;\"'.jpg"]
    (folder / "images").mkdir()
    for name in names:
        noise = random.integers(0, 255, (30, 40, 3), np.uint8)
        with open(os.path.join(os.fsencode(folder / "images"), name), "wb") as file:
            Image.fromarray(noise).save(file, "JPEG")
    return [os.fsdecode(os.path.join(os.fsencode(folder / "images"), name)) for name in names]


@pytest.fixture(scope="session")
def evaluation(tmp_path_factory):
    """24 queries with one or two of three labels, and an image without; two extractors, of which one can be negative;
    three metrics.
    """
    folder = tmp_path_factory.mktemp("photos of 2026")
    random = np.random.default_rng(1)
    paths = _pictures(folder)
    labels = [frozenset({LABELS[i % 3], LABELS[i % 2]}) if i else frozenset() for i in range(len(paths))]
    described = [LabelledImage(hash_file(path), path, own) for path, own in zip(paths, labels, strict=True)]
    images = tuple(sorted(described, key=lambda one: one.id))
    kinds = np.array([LABELS.index(min(one.labels, default="bus")) for one in images])
    good = random.gamma(1, size=(25, 9)) + 2 * np.eye(3).repeat(3, axis=1)[kinds]
    matrices = {"good": good.astype(np.float32), "poor": random.normal(size=(25, 5)).astype(np.float32)}
    dataset = Dataset(
        "photos <2026>",
        images,
        folder=str(folder),
        missing=(str(folder / "images/gone.jpg"),),
        duplicates=2,
        failures=(Failure(str(folder / "images/bad.jpg"), "It is damaged.", "Restore it."),),
    )
    identities = {
        name: Identity(name, 1, matrix.shape[1], non_negative=name == "good", weights="ab12")
        for name, matrix in matrices.items()
    }
    extractors = (Named("good", non_negative=True), Named("poor", non_negative=False))
    whole = Described(dataset, extractors, matrices, identities)
    return evaluate(whole, Plan([METRICS.get(name) for name in METRICS_ASKED], depth=10))


@pytest.fixture(scope="session")
def circumstances():
    return Circumstances(
        format="labelled-folder",
        label_column="labels",
        options={"label_column": "labels", "seed": 3, "report": "/tmp/secret"},
        created_at=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC),
        method=Method(seed=3, replicates=300, rounds=300),
    )


@pytest.fixture(scope="session")
def built(evaluation, circumstances):
    """The documents: report and queries."""
    return build(evaluation, circumstances)


@pytest.fixture
def reports(tmp_path):
    return Reports(tmp_path / "evaluations")


@pytest.fixture
def stored(reports, evaluation, circumstances):
    return reports.add(evaluation, circumstances)
