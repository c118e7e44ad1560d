"""The plan that the trials run: sound without any crash, and worth running."""

from collections import Counter

from cbir.engines.embedded import segments
from cbir.engines.embedded.engine import EmbeddedEngine

from .plan import MOST_IMAGES, Runner, plan, states
from .recording import Operation
from .verification import require_state
from .worker import ROWS_PER_SEGMENT


def test_without_a_crash_the_collection_is_right_after_every_step(tmp_path, monkeypatch):
    """Seen by a reader while the writer is still open, too."""
    monkeypatch.setattr(segments, "ROWS_PER_SEGMENT", ROWS_PER_SEGMENT)
    engine = EmbeddedEngine(tmp_path)
    runner = Runner(engine)
    for step, state in zip(plan(1), states(plan(1))[1:], strict=True):
        runner.run(step)
        require_state(engine, state)
    runner.close()


def test_every_plan_ingests_changes_deletes_fills_and_compacts():
    for seed in range(200):
        kinds = Counter(step.kind for step in plan(seed))
        assert kinds["ingest"] >= 15
        assert min(kinds[kind] for kind in ("delete", "update", "compact", "fill", "reopen")) >= 1
        assert max(max(state.images, default=0) for state in states(plan(seed))) < MOST_IMAGES


def test_a_trial_fills_many_segments_and_compactions_empty_some(whole):
    """The trials' segments are short: a crash can come between two of one batch, and between two of a compaction."""
    made, gone = (
        [record.name for record in whole.records if record.operation is operation and record.name.endswith(b".f32")]
        for operation in (Operation.CREATE, Operation.UNLINK)
    )
    assert len(set(made)) > 10
    assert len(gone) > 10
