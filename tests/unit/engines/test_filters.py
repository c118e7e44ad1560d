"""People's words as conditions."""

from __future__ import annotations

import sqlite3

import pytest

from cbir.engines.base import Filter
from cbir.engines.embedded.filters import conditions, match_expression, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  \t\n", []),
        ("two words", ["two", "words"]),
        ("IMG_1234.jpg", ["IMG", "1234", "jpg"]),
        ('drop" OR "x', ["drop", "OR", "x"]),
        ("re\u0301sume\u0301", ["r\xe9sum\xe9"]),
        ("x\u0332y", ["x\u0332y"]),
        ("😀", []),
        ("夏の海", ["夏の海"]),
    ],
)
def test_words_are_runs_of_letters_and_digits(text, words):
    assert words_of(text) == words


def test_every_word_is_quoted_and_the_last_is_a_prefix():
    assert match_expression("cat OR x*") == '"cat" AND "OR" AND "x" *'
    assert match_expression("***") == ""


def test_conditions_hold_no_text_of_a_person():
    where, values = conditions(Filter(labels=("a'b",), text="c'd", exclude=frozenset({"e'f"})))
    assert "'" not in where
    assert sqlite3.complete_statement(f"SELECT 1 {where};")
    assert len(values) == where.count("?") == 3
    assert conditions(Filter()) == ("", ())
