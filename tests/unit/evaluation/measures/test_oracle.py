"""Every measure that trec_eval and scikit-learn have, on random runs with ties, grades and unjudged documents."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score

from cbir.evaluation.grading import RULES, grade, relevance_list
from cbir.evaluation.measures import (
    AveragePrecision,
    Gains,
    Relevance,
    interpolated_precision,
    parse_measure,
)

TOLERANCE = 1e-9
CUTOFFS = (1, 2, 3, 5, 10, 100)
NAMES = {
    "AP": "map",
    "nDCG": "ndcg",
    "Rprec": "Rprec",
    "RR": "recip_rank",
    **{f"AP@{k}-trec": f"map_cut_{k}" for k in CUTOFFS},
    **{f"P@{k}": f"P_{k}" for k in CUTOFFS},
    **{f"recall@{k}": f"recall_{k}" for k in CUTOFFS},
    **{f"hit@{k}": f"success_{k}" for k in CUTOFFS},
    **{f"nDCG@{k}": f"ndcg_cut_{k}" for k in CUTOFFS},
}
"""Our names and trec_eval's."""
ASKED = {"map", "ndcg", "Rprec", "recip_rank", "num_rel", "iprec_at_recall"} | {
    f"{family}.{','.join(map(str, CUTOFFS))}" for family in ("map_cut", "P", "recall", "success", "ndcg_cut")
}

documents = st.integers(0, 40).map("d{}".format)
scores = st.one_of(
    st.sampled_from([-1.0, 0.0, 0.5, 0.5 + 1e-12, 3.0]),
    st.floats(-1e6, 1e6, width=32),
)
"""Ties are frequent, also of numbers that differ but not as 32-bit floats."""
judgements = st.dictionaries(
    st.sampled_from(["q1", "q2", "q3"]), st.dictionaries(documents, st.integers(-1, 3), min_size=1)
)
rankings = st.dictionaries(
    st.sampled_from(["q1", "q2", "q9"]),
    st.dictionaries(documents, scores, min_size=1),
    min_size=1,
)


def written(folder, qrels, run):
    """Both as files, the run in no order and with ranks that say nothing."""
    truth, ranked = Path(folder, "qrels.txt"), Path(folder, "run.txt")
    truth.write_text("".join(f"{q} 0 {d} {gain}\n" for q, judged in qrels.items() for d, gain in judged.items()))
    ranked.write_text("".join(f"{q} Q0 {d} 1 {s!r} tag\n" for q, found in run.items() for d, s in found.items()))
    return truth, ranked


@settings(max_examples=300, deadline=None)
@given(judgements, rankings)
def test_every_measure_of_trec_eval_agrees_on_random_runs(qrels, run):
    oracle = pytest.importorskip("pytrec_eval", reason="trec_eval has no build for this platform")
    # a query all of whose judgements are below 0 corrupts the oracle's memory; it is not graded anyway
    asked = {query: judged for query, judged in qrels.items() if any(gain > 0 for gain in judged.values())}
    assume(set(run) & set(qrels) and asked)
    expected = oracle.RelevanceEvaluator(asked, ASKED).evaluate({q: dict(found) for q, found in run.items()})
    rules = RULES.get("trec")
    with tempfile.TemporaryDirectory() as folder:
        truth, ranked = written(folder, qrels, run)
        read = rules.read_run(ranked)
        ground_truth = rules.read_ground_truth(truth)
    graded = grade(read, ground_truth, rules, [parse_measure(name) for name in NAMES])
    for row, query in enumerate(graded.queries):
        theirs = expected.get(query)
        for ours, name in NAMES.items():
            value = graded.grades[parse_measure(ours)][row]
            # a query that the run does not answer is none of trec_eval's, and 0 of ours
            assert value == pytest.approx(theirs[name] if theirs else 0.0, abs=TOLERANCE), (query, ours)
        if theirs:
            relevance = relevance_list(read.rankings[query], ground_truth.queries[query])
            assert relevance.relevant == theirs["num_rel"]
            by_level = [theirs[f"iprec_at_recall_{level / 10:.2f}"] for level in range(11)]
            assert interpolated_precision(relevance).tolist() == pytest.approx(by_level, abs=TOLERANCE)
            for k in CUTOFFS:
                by_cutoff = theirs[f"map_cut_{k}"] * theirs["num_rel"] / min(theirs["num_rel"], k)
                assert AveragePrecision(k).grade(relevance) == pytest.approx(by_cutoff, abs=TOLERANCE)


@pytest.mark.parametrize("seed", range(5))
def test_every_measure_of_trec_eval_agrees_on_a_long_run(seed):
    """A thousand documents, of which many are relevant: cutoffs below and above R."""
    oracle = pytest.importorskip("pytrec_eval", reason="trec_eval has no build for this platform")
    rng = np.random.default_rng(seed)
    names = [f"d{i}" for i in range(1500)]
    judged = {name: int(gain) for name, gain in zip(names[:1000], rng.integers(0, 4, 1000), strict=True)}
    chosen = rng.permutation(1500)[:1000]
    run = {names[i]: float(score) for i, score in zip(chosen, rng.integers(0, 300, 1000), strict=True)}
    expected = oracle.RelevanceEvaluator({"q": judged}, ASKED).evaluate({"q": run})["q"]
    rules = RULES.get("trec")
    with tempfile.TemporaryDirectory() as folder:
        truth, ranked = written(folder, {"q": judged}, {"q": run})
        graded = grade(
            rules.read_run(ranked), rules.read_ground_truth(truth), rules, [parse_measure(name) for name in NAMES]
        )
    ours = {theirs: graded.mean(parse_measure(name)) for name, theirs in NAMES.items()}
    assert ours == pytest.approx({name: expected[name] for name in ours}, abs=TOLERANCE)


@given(st.lists(st.booleans(), min_size=1, max_size=60).filter(any))
def test_ap_over_the_whole_ranking_is_scikit_learns_average_precision(grades):
    descending = -np.arange(len(grades), dtype=float)
    expected = average_precision_score(grades, descending)
    assert AveragePrecision().grade(Relevance(np.array(grades), sum(grades))) == pytest.approx(
        expected, abs=TOLERANCE
    )


@given(st.lists(st.integers(0, 5), min_size=2, max_size=40).filter(any), st.integers(1, 50))
def test_ndcg_is_scikit_learns(gains, k):
    ranked = np.array(gains, float)
    graded = Relevance(ranked > 0, int((ranked > 0).sum()), Gains(ranked, np.sort(ranked[ranked > 0])[::-1]))
    descending = -np.arange(len(gains), dtype=float)
    for name, cutoff in (("nDCG", None), (f"nDCG@{k}", k)):
        expected = ndcg_score([gains], [descending], k=cutoff)
        assert parse_measure(name).grade(graded) == pytest.approx(expected, abs=TOLERANCE)
