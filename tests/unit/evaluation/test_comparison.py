"""What is compared with what, and that the figures are those of the methods."""

import json

import numpy as np
import pytest
from scipy import stats

from cbir.evaluation.bootstrap import bca_intervals, replicated_means
from cbir.evaluation.comparison import ALPHA, Cell, Method, asked_pairs, best, compare
from cbir.evaluation.significance import holm, sign_flip_test

FEW = Method(seed=1, replicates=500, rounds=999)


def cell(key, grades, measure="AP"):
    return Cell(key, key.split("/")[0], {measure: np.array(grades, float)})


def constant(**means):
    """Cells by `extractor_metric`, each with one grade for all of four queries."""
    return [cell(name.replace("_", "/"), [mean] * 4) for name, mean in means.items()]


def test_the_best_cell_meets_every_other_one_and_the_extractors_meet_at_their_best():
    cells = constant(a_x=0.9, a_y=0.8, b_x=0.2, b_y=0.5, c_x=0.6, c_y=0.1)
    found = [(cells[i].key, cells[j].key) for i, j in asked_pairs(cells, "AP")]
    assert found == [("a/x", "a/y"), ("a/x", "b/x"), ("a/x", "b/y"), ("a/x", "c/x"), ("a/x", "c/y"), ("c/x", "b/y")]


def test_each_measure_has_a_best_cell_of_its_own():
    one = Cell("a/x", "a", {"AP": np.array([1.0, 1.0]), "P@1": np.array([0.0, 0.0])})
    other = Cell("b/x", "b", {"AP": np.array([0.0, 0.0]), "P@1": np.array([1.0, 1.0])})
    assert best([one, other], "AP") is one
    assert best([one, other], "P@1") is other
    found = compare([one, other], ["AP", "P@1"], FEW).comparisons
    assert [(c.measure, c.a, c.b) for c in found] == [("AP", "a/x", "b/x"), ("P@1", "b/x", "a/x")]


def test_of_equal_cells_the_first_is_the_best():
    first, second = constant(a_x=0.5, b_x=0.5)
    assert best([first, second], "AP") is first


def test_the_figures_are_those_of_the_methods():
    random = np.random.default_rng(0)
    cells = [cell(f"{name}/x", random.beta(1, 2, 60)) for name in "abc"]
    found = compare(cells, ["AP"], FEW)
    grades = np.stack([one.grades["AP"] for one in cells], axis=1)
    drawn = replicated_means(grades, replicates=500, seed=1)
    for one, interval in zip(cells, bca_intervals(grades, drawn), strict=True):
        assert found.intervals[one.key]["AP"] == pytest.approx(tuple(interval))
    differences = np.stack(
        [grades[:, "abc".index(c.a[0])] - grades[:, "abc".index(c.b[0])] for c in found.comparisons], axis=1
    )
    p = sign_flip_test(differences, rounds=999, seed=1)
    assert [c.p_value for c in found.comparisons] == pytest.approx(p)
    assert [c.p_adjusted for c in found.comparisons] == pytest.approx(holm(p))
    assert [c.difference for c in found.comparisons] == pytest.approx(differences.mean(axis=0))
    assert [c.better for c in found.comparisons] == list((differences > 0).sum(axis=0))
    assert [c.worse for c in found.comparisons] == list((differences < 0).sum(axis=0))


def test_a_difference_that_is_clear_is_significant_and_one_of_chance_is_not():
    random = np.random.default_rng(3)
    base = random.uniform(0.2, 0.6, 200)
    cells = [
        cell("best/x", base + 0.1 + random.normal(0, 0.05, 200)),
        cell("poor/x", base),
        cell("same/x", base + 0.1 + random.normal(0, 0.05, 200)),
    ]
    by_pair = {frozenset((c.a, c.b)): c for c in compare(cells, ["AP"]).comparisons}
    clear, chance = by_pair[frozenset(("best/x", "poor/x"))], by_pair[frozenset(("best/x", "same/x"))]
    assert clear.significant
    assert clear.interval[0] > 0
    assert clear.p_adjusted < ALPHA
    assert not chance.significant
    assert chance.interval[0] < 0 < chance.interval[1]


def test_an_interval_of_a_paired_difference_is_narrower_than_the_two_means_suggest():
    """For normal differences it is close to the t interval of the pairs."""
    random = np.random.default_rng(4)
    base = random.uniform(size=300)
    ours, theirs = base + random.normal(0.02, 0.05, 300), base
    (found,) = compare([cell("a/x", ours), cell("b/x", theirs)], ["AP"]).comparisons
    expected = stats.ttest_rel(ours, theirs).confidence_interval(0.95)
    assert found.interval == pytest.approx(tuple(expected), abs=0.001)


def test_equal_rankings_do_not_differ():
    grades = np.random.default_rng(5).uniform(size=50)
    (found,) = compare([cell("a/x", grades), cell("b/x", grades)], ["AP"], FEW).comparisons
    assert (found.difference, found.p_adjusted, found.better, found.worse) == (0, 1, 0, 0)
    assert found.interval == (0, 0)
    assert not found.significant


@pytest.mark.parametrize("cells", [[], constant(a_x=0.5)], ids=["no cell", "one cell"])
def test_with_fewer_than_two_cells_nothing_is_compared(cells):
    found = compare(cells, ["AP"], FEW)
    assert found.comparisons == ()
    assert list(found.intervals) == [one.key for one in cells]


def test_a_comparison_is_json():
    (found,) = compare(constant(a_x=0.5, b_x=0.25), ["AP"], FEW).comparisons
    stored = json.loads(json.dumps(found.to_json()))
    assert stored["difference"] == 0.25
    assert stored["p_value"] == 2 / 2**4
    assert stored["significant"] is False


def test_the_method_names_its_numbers():
    assert "500 draws" in FEW.text
    assert "999 random" in FEW.text
