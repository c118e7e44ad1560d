"""Leave-one-out: who is a query, what is relevant, what is taken out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbir.errors import InvalidRequestError
from cbir.evaluation.dataset import Dataset, LabelledImage, Query
from cbir.evaluation.protocols import Judged, LeaveOneOut


def images(*labels):
    """One image for each string of one-letter labels."""
    found = (LabelledImage(f"{i:064x}", f"/{i}.jpg", frozenset(letters)) for i, letters in enumerate(labels))
    return Dataset("letters", tuple(found))


def position(query):
    return int(query.name, 16)


def test_queries_are_the_labelled_images_to_which_something_is_relevant():
    judgements = LeaveOneOut().judge(images("a", "a", "", "b", "bc", "d", ""))
    assert [position(query) for query in judgements.queries] == [0, 1, 3, 4]
    assert judgements.unlabelled == 2
    assert judgements.without_relevant == 1


def test_relevant_is_what_shares_at_least_one_label_and_is_not_the_query():
    by_query = {position(one.query): one for one in LeaveOneOut().judge(images("ab", "b", "a", "c", "", "c"))}
    assert np.flatnonzero(by_query[0].relevant).tolist() == [1, 2]
    assert np.flatnonzero(by_query[1].relevant).tolist() == [0]
    assert np.flatnonzero(by_query[3].relevant).tolist() == [5]
    assert np.flatnonzero(by_query[3].junk).tolist() == [3]


def test_a_ranking_becomes_a_relevance_list_without_the_query():
    (first, *_) = LeaveOneOut().judge(images("a", "b", "a", "a", "b"))
    relevance = first.relevance(np.array([0, 2, 1, 4, 3]))
    assert relevance.grades.tolist() == [True, False, False, True]
    assert relevance.relevant == 2


def test_junk_vanishes_from_the_list_and_from_the_count():
    relevant, junk = np.array([True, True, False, True]), np.array([False, True, True, False])
    relevance = Judged(Query("q", LabelledImage("0", "/0.jpg")), relevant, junk).relevance(np.array([1, 3, 2, 0]))
    assert relevance.grades.tolist() == [True, True]
    assert relevance.relevant == 2


def test_judging_twice_gives_the_same():
    judgements = LeaveOneOut().judge(images("ab", "b", "a", "c", "", "c"))
    first, second = list(judgements), list(judgements)
    assert [one.query for one in first] == [one.query for one in second] == list(judgements.queries)
    assert all((x.relevant == y.relevant).all() for x, y in zip(first, second, strict=True))


@pytest.mark.parametrize("labels", [(), ("",), ("a",), ("a", "b", "c", "")])
def test_a_dataset_without_any_query_is_refused(labels):
    with pytest.raises(InvalidRequestError, match="no query can be graded"):
        LeaveOneOut().judge(images(*labels))


@given(st.lists(st.text("abc", max_size=2), min_size=2, max_size=12))
def test_it_agrees_with_the_definition_on_any_labels(labels):
    sets = [set(letters) for letters in labels]
    expected = {q: [i for i, other in enumerate(sets) if i != q and other & own] for q, own in enumerate(sets) if own}
    graded = {q: found for q, found in expected.items() if found}
    if not graded:
        with pytest.raises(InvalidRequestError):
            LeaveOneOut().judge(images(*labels))
        return
    judgements = LeaveOneOut().judge(images(*labels))
    assert {position(one.query): np.flatnonzero(one.relevant).tolist() for one in judgements} == graded
    assert judgements.without_relevant == len(expected) - len(graded)
    assert judgements.unlabelled == sum(not own for own in sets)
