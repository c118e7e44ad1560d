"""A described dataset and a protocol for tests of what answers the queries, and how two evaluations are compared."""

import numpy as np

from cbir.evaluation.dataset import Dataset, LabelledImage, Query
from cbir.evaluation.descriptors import Described
from cbir.evaluation.protocols import Judged
from cbir.records import Identity
from cbir.searching.crops import Crop


def random_gallery(extractor):
    """60 random histograms (12,), some of them equal, and one query that is no image of the gallery."""
    random = np.random.default_rng(3)
    matrix = random.gamma(0.5, size=(60, 12)).astype(np.float32)
    matrix[20:23] = matrix[23]
    labels = [frozenset(random.choice(list("abc"), random.integers(0, 3)).tolist()) for _ in range(60)]
    images = tuple(LabelledImage(f"{i:064x}", f"/{i}.jpg", own) for i, own in enumerate(labels))
    outside = Query("part", LabelledImage("f" * 64, "/q.jpg", frozenset("a")), Crop(0, 0, 4, 4))
    identity = Identity("mean-colour", 1, 12, non_negative=True)
    return Described(
        Dataset("random", images, (outside,)),
        (extractor,),
        {"mean-colour": matrix},
        {"mean-colour": identity},
        (outside,),
        {"mean-colour": random.gamma(0.5, size=(1, 12)).astype(np.float32)},
    )


class Given(list):
    """Judgements as a list."""

    unlabelled = without_relevant = 0

    @property
    def queries(self):
        return [judged.query for judged in self]


class WithJunk:
    """The query from outside and three images; relevant is what shares a label, junk are five images more."""

    name = "with-junk"
    definition = "For this test."

    def judge(self, dataset):
        own = [Query(dataset.images[i].id, dataset.images[i]) for i in (4, 21, 30)]
        queries = [*dataset.queries, *own]
        labels = [image.labels for image in dataset.images]
        junk = np.isin(np.arange(60), [1, 2, 3, 4, 21])
        judged = [Judged(one, np.array([bool(one.image.labels & own) for own in labels]), junk) for one in queries]
        return Given(judged)


def assert_same(one, other):
    """Two evaluations say the same: grades and order exactly, scores within the engines' tolerance."""
    assert [result.key for result in one.results] == [result.key for result in other.results]
    for left, right in zip(one.results, other.results, strict=True):
        for measure, grades in left.grades.items():
            assert right.grades[measure].tolist() == grades.tolist()
        assert right.top.tolist() == left.top.tolist()
        np.testing.assert_allclose(right.top_scores, left.top_scores, rtol=1e-4, atol=1e-6)
        np.testing.assert_array_equal(right.top_relevant, left.top_relevant)
        np.testing.assert_array_equal(right.relevant_counts, left.relevant_counts)
        np.testing.assert_array_equal(right.precisions, left.precisions)
