"""Filters and people's words as query clauses, evaluated here on documents as the server evaluates them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contract.model import plain_words

from cbir.engines.base import Filter
from cbir.engines.elasticsearch import filters

WORDS = ["cat", "car", "caravan", "dog", "2017", "naive"]
LABELS = ["a", "b", "Café"]


def holds(clause: dict, document: dict) -> bool:
    """The meaning of a clause, as Elasticsearch's reference gives it."""
    ((kind, body),) = clause.items()
    if kind == "bool":
        parts = {name: part if isinstance(part, list) else [part] for name, part in body.items()}
        return (
            all(holds(one, document) for one in parts.get("filter", []))
            and not any(holds(one, document) for one in parts.get("must_not", []))
            and (parts.get("filter") is not None or any(holds(one, document) for one in parts.get("should", [])))
        )
    if kind in ("match_all", "match_none"):
        return kind == "match_all"
    ((field, wanted),) = body.items()
    values = document[field]
    if kind == "prefix":
        return any(value.startswith(wanted) for value in values)
    return bool(set(values) & (set(wanted) if kind == "terms" else {wanted}))


@given(
    st.builds(
        Filter,
        labels=st.lists(st.sampled_from([*LABELS, "none"]), max_size=2).map(tuple),
        text=st.sampled_from(["", "cat", "ca", "CAT dog", "dog ca", "cara*", "naïve 20", "-- *", "dog cat zebra"]),
        exclude=st.frozensets(st.sampled_from(["1", "2", "3"])),
    ),
    st.builds(
        lambda image, labels, words: {"id": [image], "labels": labels, "words": words},
        st.sampled_from(["1", "2", "4"]),
        st.lists(st.sampled_from(LABELS)),
        st.lists(st.sampled_from(WORDS)),
    ),
)
def test_a_filter_lets_through_what_it_says(chosen, document):
    wanted = plain_words(chosen.text)
    expected = (
        document["id"][0] not in chosen.exclude
        and (not chosen.labels or bool(set(chosen.labels) & set(document["labels"])))
        and all(word in document["words"] for word in wanted[:-1])
        and (not wanted or any(word.startswith(wanted[-1]) for word in document["words"]))
    )
    assert holds(filters.query(chosen), document) == expected


def test_a_persons_text_stands_only_where_values_do():
    query = filters.query(Filter(labels=('{"match_all":{}}',), text='a" OR *:* b', exclude=frozenset({"x*"})))
    assert query == {
        "bool": {
            "filter": [
                {"bool": {"should": [{"terms": {"labels": ['{"match_all":{}}']}}]}},
                {"term": {"words": "a"}},
                {"term": {"words": "or"}},
                {"prefix": {"words": "b"}},
            ],
            "must_not": [{"terms": {"id": ["x*"]}}],
        }
    }


def test_long_exclusions_are_split_into_clauses_that_a_server_takes():
    out = frozenset(map(str, range(150_000)))
    clauses = filters.query(Filter(exclude=out))["bool"]["must_not"]
    assert [len(clause["terms"]["id"]) for clause in clauses] == [65_536, 65_536, 18_928]
    assert {image for clause in clauses for image in clause["terms"]["id"]} == out


def test_what_is_not_unicode_is_never_sent():
    query = filters.query(Filter(labels=("\ud800", "ok"), exclude=frozenset({"\udcff", "id"})))
    assert json.dumps(query, ensure_ascii=False).encode()
    assert "ok" in json.dumps(query)


def test_labels_that_no_image_can_have_find_nothing():
    assert filters.query(Filter(labels=("\ud800",)))["bool"]["filter"] == [{"match_none": {}}]


@pytest.mark.parametrize("text", ["", " ", "*", "😀"])
def test_relevance_without_words_is_no_query(text):
    assert filters.relevance(text) is None


def test_relevance_finds_what_the_filter_finds():
    found = filters.relevance("dog naive ca")
    assert found["bool"]["filter"] == filters.query(Filter(text="dog naive ca"))["bool"]["filter"]
    assert {"term": {"words": "ca"}} in found["bool"]["should"]
