"""The table of safety rules is whole. That the tests guard them is shown by `python -m tests.api.safety_rules`."""

import ast
import functools
from importlib import import_module

import pytest
from tests.api.safety_rules import IN_FORCE, REPOSITORY, ROWS, Row, nothing, switch_off

from cbir.api.security import RULES

OWN_SEAMS = [row for row in ROWS if row.rule not in IN_FORCE]


def test_every_rule_in_force_has_a_row():
    assert {rule.name for rule in RULES} == set(IN_FORCE)


def test_rules_are_called_differently():
    assert len({row.rule for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_each_test_exists(row):
    file, _, name = row.test.partition("::")
    functions = {node.name for node in ast.parse((REPOSITORY / file).read_text()).body if hasattr(node, "name")}
    assert name in functions


@pytest.mark.parametrize("row", OWN_SEAMS, ids=lambda row: row.rule)
def test_each_seam_exists(row):
    module, _, name = row.target.partition(":")
    assert functools.reduce(getattr, name.split("."), import_module(module)) is not None


def test_a_function_is_switched_off_for_everybody_who_has_it(monkeypatch):
    from cbir.images import decode, files

    code = files.require_size.__code__
    try:
        switch_off(Row("x", "cbir.images.files:require_size", nothing, ""))
        assert decode.require_size(1 << 60, decode.Limits()) is None
    finally:
        files.require_size.__code__ = code
