"""What was written is seen by the next read of the same process, where the key allows a refresh."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from cbir.engines.elasticsearch.names import Names
from cbir.engines.elasticsearch.visibility import Unrefreshed
from cbir.errors import AccessRefusedError, UnavailableError


def cluster(refreshed, error=None):
    @contextmanager
    def answers(_about):
        yield
        if error:
            raise error

    def refresh(index):
        refreshed.append(index)

    indices = SimpleNamespace(refresh=refresh)
    return SimpleNamespace(names=Names(), answers=answers, client=SimpleNamespace(indices=indices))


def test_a_read_refreshes_once_after_a_write_and_only_then():
    refreshed = []
    seen = Unrefreshed(cluster(refreshed), "photos")
    seen.refresh_if_written()
    assert refreshed == []
    seen.mark_written({"/a.jpg": "1"})
    assert seen.owners(["/a.jpg", "/b.jpg"]) == {"1"}
    seen.refresh_if_written()
    seen.refresh_if_written()
    assert refreshed == ["cbir-photos"]
    assert seen.owners(["/a.jpg"]) == set()


def test_a_key_that_may_not_refresh_reads_all_the_same():
    seen = Unrefreshed(cluster([], AccessRefusedError("No privilege to refresh.")), "photos")
    seen.mark_written({})
    seen.refresh_if_written()
    seen.refresh_if_written()


def test_a_cluster_that_is_away_is_reported_and_asked_again():
    refreshed = []
    seen = Unrefreshed(cluster(refreshed, UnavailableError("Away.")), "photos")
    seen.mark_written({})
    for _ in range(2):
        with pytest.raises(UnavailableError):
            seen.refresh_if_written()
    assert len(refreshed) == 2
