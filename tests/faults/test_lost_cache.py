"""Power cuts at any moment, with a disk that lost what was not synced, torn, reordered or garbled."""

from functools import partial

import pytest

from .harness import Trial, reported
from .power_loss import Disk
from .test_kill import PHASES

POINTS = 14
SEEDS = 12


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "ext4"])
@pytest.mark.parametrize("phase", PHASES)
def test_a_power_cut_at_a_call_loses_nothing_reported(harness, whole, phase, strict):
    def trial(cut: int) -> list[str]:
        records = whole.records[:cut]
        lost = Disk(records[0].file).replay(records).after_power_loss(cut, strict=strict)
        return Trial(harness, whole.seed, f"power cut at record {cut}").verify_tree(lost, reported(records), "")

    points = whole.points(*PHASES[phase], count=POINTS if strict else POINTS // 2)
    harness.none(partial(trial, cut) for cut in points)


@pytest.mark.parametrize("first", range(0, 16, 8))
def test_a_power_cut_while_it_recovers_from_one_loses_nothing_reported(harness, whole, first):
    def trial(number: int) -> list[str]:
        cut = whole.spread(16)[number]
        records = whole.records[:cut]
        lost = Disk(records[0].file).replay(records).after_power_loss(number)
        again = Trial(harness, whole.seed, f"power cut at {cut} and again", before=lost, done=reported(records))
        outcome = again.run(fatal=3 + 6 * number)
        if not outcome.killed:
            return [f"plan {whole.seed}, power cut at {cut}: the second run ended: {outcome.error}"]
        problems = again.verify_tree(again.disk().after_power_loss(number + 100), again.reported, "")
        again.discard()
        return problems

    harness.none(partial(trial, number) for number in range(first, first + 8))


def test_what_a_killed_run_left_unsynced_is_durable_once_the_next_run_reports_it(harness, whole):
    """A kill just before a sync, a second run that may find the step done, a power cut right after its report."""

    def trial(fatal: int) -> list[str]:
        killed = Trial(harness, whole.seed, f"killed at {fatal}, before a sync, run again, power lost")
        killed.run(fatal=fatal)
        killed.run(reports=1)
        problems = killed.verify_tree(killed.disk().durable(), killed.reported, "")
        killed.discard()
        return problems

    harness.none(partial(trial, fatal) for fatal in whole.before_syncs(30))


@pytest.mark.parametrize(
    "unsynced",
    ["00000000.f32", "0-colours", "vectors", "index.sqlite-wal", "index.sqlite", "collections", "data"],
)
def test_every_sync_is_needed_and_its_absence_is_found_out(harness, whole, unsynced):
    """The harness can fail: one file or folder whose syncs do nothing is lost data sooner or later."""

    def trial(seed: int) -> list[str]:
        cut = ends[seed * len(ends) // SEEDS]
        records = whole.records[:cut]
        disk = Disk(records[0].file, deaf=lambda name: name == unsynced.encode()).replay(records)
        return Trial(harness, whole.seed, "deaf").verify_tree(disk.after_power_loss(seed), reported(records), "")

    ends = whole.reports("ingest")
    assert harness.all(partial(trial, seed) for seed in range(SEEDS)) != []
