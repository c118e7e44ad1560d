"""An evaluation that is interrupted goes on where it was; one that differs in anything that counts begins anew."""

import os
import time
from dataclasses import replace

import numpy as np
import pytest

from cbir.evaluation.checkpoints import Checkpoints, question_digest
from cbir.evaluation.dataset import Dataset, LabelledImage
from cbir.evaluation.descriptors import Described
from cbir.evaluation.measures import AveragePrecision, Precision
from cbir.evaluation.protocols import LeaveOneOut
from cbir.evaluation.rankers import InMemory
from cbir.evaluation.runner import Plan, evaluate
from cbir.metrics import METRICS
from cbir.progress import Silent
from cbir.records import Identity

PLAN = Plan([METRICS.get("euclidean"), METRICS.get("cosine"), METRICS.get("chi2")])


@pytest.fixture
def described(mean_colour):
    random = np.random.default_rng(5)
    images = tuple(LabelledImage(f"{i:064x}", f"/{i}.jpg", frozenset("ab"[i % 2])) for i in range(20))
    matrix = random.random((20, 3), np.float32)
    identity = Identity("mean-colour", 1, 3, non_negative=True)
    return Described(Dataset("set", images), (mean_colour,), {"mean-colour": matrix}, {"mean-colour": identity})


@pytest.fixture
def checkpoints(tmp_path):
    return Checkpoints(tmp_path / "cells")


class Noting(InMemory):
    """A ranker that notes which metrics it ranked with."""

    def __init__(self, described):
        super().__init__(described)
        self.ranked = []

    def rank(self, extractor, metric, strategy, judgements):
        self.ranked.append(metric.name)
        return super().rank(extractor, metric, strategy, judgements)


def ranked_again(described, plan, checkpoints):
    """The metrics for which an evaluation made rankings."""
    noting = Noting(described)
    evaluate(described, plan, ranker=noting, checkpoints=checkpoints)
    return noting.ranked


def test_what_is_kept_is_what_was_graded(described, checkpoints):
    first = evaluate(described, PLAN, checkpoints=checkpoints)
    again = evaluate(described, PLAN, checkpoints=checkpoints)
    assert [result.kept for result in first.results + again.results] == [False] * 3 + [True] * 3
    for one, other in zip(first.results, again.results, strict=True):
        assert one.to_json() == other.to_json()
        for measure, grades in one.grades.items():
            assert other.grades[measure].tolist() == grades.tolist()
        for name in ("precisions", "recalls", "top", "top_scores", "top_relevant", "relevant_counts"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_an_interrupted_evaluation_goes_on_where_it_was(described, checkpoints):
    class Interrupted(Silent):
        def start(self, task, total):
            if "(3 of 3)" in task:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(described, PLAN, Interrupted(), checkpoints=checkpoints)
    assert ranked_again(described, PLAN, checkpoints) == ["chi2"]
    assert ranked_again(described, PLAN, checkpoints) == []


def test_an_interruption_within_a_cell_keeps_those_before_it(described, checkpoints):
    class Interrupted(Silent):
        advanced = 0

        def advance(self, steps=1):
            self.advanced += steps
            if self.advanced == 27:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(described, PLAN, Interrupted(), checkpoints=checkpoints)
    assert ranked_again(described, PLAN, checkpoints) == ["cosine", "chi2"]
    assert list(checkpoints.folder.glob("*.partial")) == []


def relabelled(described):
    images = described.dataset.images
    changed = replace(images[3], labels=frozenset("a"))
    return replace(described, dataset=replace(described.dataset, images=(*images[:3], changed, *images[4:])))


def other_identity(described):
    return replace(described, identities={"mean-colour": Identity("mean-colour", 2, 3, non_negative=True)})


def other_image(described):
    images = described.dataset.images
    return replace(
        described, dataset=replace(described.dataset, images=(*images[:19], replace(images[19], id="f" * 64)))
    )


@pytest.mark.parametrize("change", [relabelled, other_identity, other_image])
def test_another_dataset_or_descriptor_begins_anew(change, described, checkpoints):
    evaluate(described, PLAN, checkpoints=checkpoints)
    assert ranked_again(change(described), PLAN, checkpoints) == ["euclidean", "cosine", "chi2"]


@pytest.mark.parametrize(
    "plan",
    [
        replace(PLAN, depth=7),
        replace(PLAN, measures=[Precision(3)]),
        replace(PLAN, measures=[AveragePrecision(20), Precision(1)]),
        replace(PLAN, metrics=[replace(metric, formula="another") for metric in PLAN.metrics]),
    ],
    ids=["depth", "measure", "measures", "formula"],
)
def test_another_plan_begins_anew(plan, described, checkpoints):
    evaluate(described, PLAN, checkpoints=checkpoints)
    assert ranked_again(described, plan, checkpoints) == ["euclidean", "cosine", "chi2"]


def test_other_code_begins_anew(described, checkpoints, monkeypatch):
    evaluate(described, PLAN, checkpoints=checkpoints)
    monkeypatch.setattr("cbir.evaluation.checkpoints._code_digest", lambda: "another")
    assert ranked_again(described, PLAN, checkpoints) == ["euclidean", "cosine", "chi2"]


def test_where_pictures_lie_does_not_count(described, checkpoints):
    evaluate(described, PLAN, checkpoints=checkpoints)
    moved = tuple(replace(image, path=f"/elsewhere{image.path}") for image in described.dataset.images)
    assert ranked_again(replace(described, dataset=replace(described.dataset, images=moved)), PLAN, checkpoints) == []


def test_fresh_reads_nothing_and_keeps_all(described, checkpoints):
    evaluate(described, PLAN, checkpoints=checkpoints)
    fresh = Checkpoints(checkpoints.folder, fresh=True)
    assert ranked_again(described, PLAN, fresh) == ["euclidean", "cosine", "chi2"]
    assert ranked_again(described, PLAN, checkpoints) == []


@pytest.mark.parametrize("damage", [b"", b"nonsense", "half"])
def test_a_damaged_cell_is_graded_again(damage, described, checkpoints):
    evaluate(described, PLAN, checkpoints=checkpoints)
    file = min(checkpoints.folder.iterdir())
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] if damage == "half" else damage)
    assert len(ranked_again(described, PLAN, checkpoints)) == 1
    assert ranked_again(described, PLAN, checkpoints) == []


def test_a_folder_that_cannot_be_written_is_said_once(described, tmp_path):
    (tmp_path / "file").write_text("x")
    said = []
    progress = Silent()
    progress.say = said.append
    evaluation = evaluate(described, PLAN, progress, checkpoints=Checkpoints(tmp_path / "file/cells"))
    assert len(evaluation.results) == 3
    (line,) = said
    assert "cannot be kept" in line


def test_old_cells_are_forgotten(described, checkpoints):
    evaluate(described, PLAN, checkpoints=checkpoints)
    old, *others = sorted(checkpoints.folder.iterdir())
    os.utime(old, (time.time() - 40 * 86_400,) * 2)
    checkpoints.forget_old()
    assert sorted(checkpoints.folder.iterdir()) == others


def test_the_question_tells_junk_from_what_is_not_relevant(described):
    """Leave-one-out takes the query out; a protocol that keeps it asks something else."""

    class Kept(LeaveOneOut):
        def judge(self, dataset):
            judgements = LeaveOneOut().judge(dataset)
            return [replace(judged, junk=np.zeros(20, bool)) for judged in judgements]

    dataset = described.dataset
    assert question_digest(dataset, LeaveOneOut().judge(dataset)) != question_digest(dataset, Kept().judge(dataset))
