"""Queries that a dataset comes with: graded by explicit sets, or by labels they share with the gallery."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbir.errors import InvalidRequestError
from cbir.evaluation.dataset import Dataset, LabelledImage, Query
from cbir.evaluation.ground_truth import Assessments
from cbir.evaluation.protocols import Assessed, SharedLabels


def image(number, labels=""):
    return LabelledImage(f"{number:064x}", f"/{number}.jpg", frozenset(labels))


def dataset(gallery, queries):
    """A gallery of images with one-letter labels, and queries of others with such."""
    images = tuple(image(i, labels) for i, labels in enumerate(gallery))
    asked = tuple(Query(f"q{i}", image(1000 + i, labels)) for i, labels in enumerate(queries))
    return Dataset("small", images, queries=asked)


def assessed(**sets):
    """Assessments by query name: numbers of relevant and of junk images."""
    ids = {name: [[f"{one:064x}" for one in numbers] for numbers in pair] for name, pair in sets.items()}
    truth = {name: Assessments(dict.fromkeys(good, 1), frozenset(junk)) for name, (good, junk) in ids.items()}
    return Assessed("by-hand", "by hand", truth)


def found(judged):
    return np.flatnonzero(judged.relevant).tolist(), np.flatnonzero(judged.junk).tolist()


def test_explicit_sets_become_masks_of_the_gallery():
    judgements = assessed(q0=({0, 2}, {3}), q1=({1}, set())).judge(dataset(["", "", "", ""], ["", ""]))
    assert [found(one) for one in judgements] == [([0, 2], [3]), ([1], [])]
    assert [query.name for query in judgements.queries] == ["q0", "q1"]
    assert (judgements.unlabelled, judgements.without_relevant) == (0, 0)


def test_ids_that_are_not_in_the_gallery_do_not_count():
    (judged,) = assessed(q0=({0, 77}, {1, 78})).judge(dataset(["", "", ""], [""]))
    assert found(judged) == ([0], [1])
    assert judged.relevance(np.array([2, 1, 0])).relevant == 1


def test_a_query_to_which_nothing_is_relevant_is_left_out_and_counted():
    sets = assessed(q0=({77}, {0}), q1=({1}, {1}), q2=({2}, set()))
    judgements = sets.judge(dataset(["", "", ""], ["", "", "", ""]))
    assert [query.name for query in judgements.queries] == ["q2"]
    assert judgements.without_relevant == 3


def test_an_image_that_is_relevant_and_junk_is_junk():
    (judged,) = assessed(q0=({0, 1}, {0})).judge(dataset(["", "", ""], [""]))
    relevance = judged.relevance(np.array([0, 1, 2]))
    assert relevance.grades.tolist() == [True, False]
    assert relevance.relevant == 1


def test_shared_labels_are_compared_between_queries_and_gallery():
    judgements = SharedLabels().judge(dataset(["a", "b", "", "ab", "c"], ["a", "bc", "x"]))
    assert [found(one) for one in judgements] == [([0, 3], []), ([1, 3, 4], [])]
    assert judgements.without_relevant == 1
    assert judgements.unlabelled == 1


@pytest.mark.parametrize("protocol", [assessed(q0=({77}, set())), SharedLabels()])
def test_a_dataset_without_any_graded_query_is_refused(protocol):
    with pytest.raises(InvalidRequestError, match="comes without queries"):
        protocol.judge(dataset(["a"], []))
    with pytest.raises(InvalidRequestError, match="no query can be graded"):
        protocol.judge(dataset(["a"], ["x"]))


LABELS = st.lists(st.text("abc", max_size=2), min_size=1, max_size=8)


@given(LABELS, LABELS)
def test_shared_labels_agree_with_the_definition_on_any_labels(gallery, queries):
    expected = {
        f"q{q}": [i for i, labels in enumerate(gallery) if set(labels) & set(asked)]
        for q, asked in enumerate(queries)
    }
    graded = {name: relevant for name, relevant in expected.items() if relevant}
    if not graded:
        with pytest.raises(InvalidRequestError):
            SharedLabels().judge(dataset(gallery, queries))
        return
    judgements = SharedLabels().judge(dataset(gallery, queries))
    for _ in range(2):  # judging twice gives the same
        assert {one.query.name: found(one)[0] for one in judgements} == graded
    assert [query.name for query in judgements.queries] == list(graded)
    assert judgements.without_relevant == len(queries) - len(graded)


@given(st.data())
def test_assessed_queries_agree_with_the_definition_on_any_sets(data):
    size = data.draw(st.integers(1, 8))
    numbers = st.frozensets(st.integers(0, 11), max_size=6)
    sets = data.draw(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5))
    inside = set(range(size))
    expected = {f"q{q}": (good & inside, junk & inside) for q, (good, junk) in enumerate(sets)}
    graded = {name: pair for name, pair in expected.items() if pair[0] - pair[1]}
    protocol = assessed(**{f"q{q}": pair for q, pair in enumerate(sets)})
    asked = dataset([""] * size, [""] * len(sets))
    if not graded:
        with pytest.raises(InvalidRequestError):
            protocol.judge(asked)
        return
    judgements = protocol.judge(asked)
    order = np.array(data.draw(st.permutations(range(size))))
    for judged in judgements:
        good, junk = graded[judged.query.name]
        relevance = judged.relevance(order)
        assert relevance.relevant == len(good - junk)
        assert relevance.grades.tolist() == [one in good for one in order.tolist() if one not in junk]
    assert [query.name for query in judgements.queries] == list(graded)
