"""How hits and answers look over HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from cbir.api.picture_links import image_address
from cbir.api.query_pictures import Kept
from cbir.api.schemas.search import Answer, FoundImage, StepTimes
from cbir.searching.exports import path_below_folder
from cbir.searching.search import Found, FoundHit
from cbir.searching.steps import Steps


def answer(found: Found, kept: Kept | None) -> Answer:
    """The answer to a search; ``kept`` is the picture that was searched with, where it is one that is remembered."""
    times = step_times([found.steps])
    return Answer(
        collection=found.collection,
        extractor=found.extractor,
        metric=found.metric,
        strategy=found.strategy,
        exact=found.exact,
        engine=found.engine,
        index=found.index,
        took_ms=together(times),
        steps_ms=times,
        query=kept.token if kept else None,
        query_expires_at=kept.expires_at if kept else None,
        total=found.total,
        total_is_exact=found.total_is_exact,
        offset=found.offset,
        nothing_similar=found.nothing_similar,
        hits=hits(found),
    )


def hits(found: Found) -> list[FoundImage]:
    """The hits of a search."""
    return list(map(partial(_hit, found.collection), found.hits))


def step_times(steps: Iterable[Steps]) -> StepTimes:
    """Milliseconds of each step, all ``steps`` together."""
    taken = [one.milliseconds() for one in steps]
    return StepTimes(**{name: round(sum(one[name] for one in taken), 3) for name in StepTimes.model_fields})


def together(times: StepTimes) -> float:
    """Milliseconds of all steps."""
    return round(times.decode + times.extract + times.search + times.closeness, 3)


def _hit(collection: str, found: FoundHit) -> FoundImage:
    record = found.record
    return FoundImage(
        rank=found.rank,
        id=record.id,
        path=path_below_folder(record),
        score=found.hit.score,
        closeness=found.closeness,
        labels=list(record.labels),
        width=record.width,
        height=record.height,
        thumbnail=image_address(collection, record.id, "thumbnail"),
        original=image_address(collection, record.id, "original"),
        collapsed=list(found.collapsed),
    )
