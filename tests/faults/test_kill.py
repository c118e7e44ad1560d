"""Kill -9 at any moment: what was reported is there, what was in flight is there wholly or not at all."""

from functools import partial

import pytest

from .harness import Trial

PHASES = {
    "create": ("create",),
    "ingest": ("ingest",),
    "update": ("update", "note"),
    "delete": ("delete",),
    "widen": ("add_extractor", "fill", "drop_extractor"),
    "compact": ("compact",),
    "reopen": ("reopen",),
}
POINTS = 12


@pytest.mark.parametrize("first", range(0, 50, 10))
def test_a_kill_at_a_random_moment_and_a_power_cut_then_lose_nothing_reported(harness, whole, first):
    def trial(seed: int) -> list[str]:
        after = whole.seconds * (seed % 25 + 0.5) / 25
        while True:
            killed = Trial(harness, seed, f"killed after {after:.3f} s")
            outcome = killed.run(kill_after=after)
            if outcome.killed or outcome.error:
                break
            killed.discard()
            after *= 0.7
        if outcome.error:
            return [outcome.error]
        lost = killed.disk().after_power_loss(seed)
        problems = killed.verify_tree(lost, killed.reported, ", power lost") + killed.verify()
        killed.discard()
        return problems

    harness.none(partial(trial, 100 + seed) for seed in range(first, first + 10))


@pytest.mark.parametrize("phase", PHASES)
def test_a_kill_at_a_call_loses_nothing_reported(harness, whole, phase):
    """Kills after chosen calls of each phase; every other one in the middle of the call, if it is a write."""

    def trial(fatal: int, *, torn: bool) -> list[str]:
        killed = Trial(harness, whole.seed, f"killed at record {fatal}{' in the middle' if torn else ''}")
        outcome = killed.run(fatal=fatal, torn=torn)
        problems = [] if outcome.killed else [f"record {fatal} was not reached: {outcome.error}"]
        problems += killed.verify()
        killed.discard()
        return problems

    points = whole.points(*PHASES[phase], count=POINTS)
    harness.none(partial(trial, fatal, torn=i % 2 == 1) for i, fatal in enumerate(points))


@pytest.mark.parametrize("first", range(0, 16, 8))
def test_a_kill_while_it_recovers_from_a_kill_loses_nothing_reported(harness, whole, first):
    """Three kills in a row, each soon after the writer came back, then a power cut or not."""

    def trial(number: int) -> list[str]:
        killed = Trial(harness, whole.seed, f"killed again and again, {number}")
        for fatal in (whole.spread(20)[number], 2 + 3 * number, 40 + 11 * number):
            outcome = killed.run(fatal=fatal, torn=number % 2 == 0)
            if not outcome.killed:
                return [f"record {fatal} was not reached: {outcome.error}"]
        lost = killed.disk().after_power_loss(number)
        problems = killed.verify_tree(lost, killed.reported, ", power lost") + killed.verify()
        killed.discard()
        return problems

    harness.none(partial(trial, number) for number in range(first, first + 8))


def test_a_writer_that_reports_too_early_is_found_out(harness, whole):
    """The harness can fail: a report before the call's end is a lost batch."""

    def trial(fatal: int) -> list[str]:
        killed = Trial(harness, whole.seed, "hasty")
        killed.run(fatal=fatal, hasty=True)
        problems = killed.verify()
        killed.discard()
        return problems

    found = harness.all(partial(trial, fatal) for fatal in whole.points("ingest", count=4))
    assert any("none of the states that may be" in problem for problem in found)
