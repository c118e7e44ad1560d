"""Finished cells, kept so that an evaluation that was interrupted, or is asked again, need not begin anew.

A file a cell, named by the SHA-256 of everything that determines it: the gallery, the queries and what is relevant to
them, the descriptors' identity, metric, strategy, measures, engine, and the code that ranks and grades. `.npz`
(numpy's open format, without pickle), written under another name and renamed. It is safe to delete all of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import cbir
from cbir.evaluation.cells import Graded
from cbir.evaluation.dataset import Dataset
from cbir.evaluation.measures import Measure
from cbir.evaluation.protocols import Judgements

DETERMINING = ("engines", "evaluation", "metrics", "strategies")
"""Parts of the package whose code decides what a cell holds."""
KEPT_DAYS = 30
"""A cell that nobody asked for so long is deleted."""
_ARRAYS = ("precisions", "recalls", "top", "top_scores", "top_relevant", "relevant_counts")


class Checkpoints:
    """The finished cells below one folder."""

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        """Keep cells below ``folder``; with ``fresh`` none of those that are there is read."""
        self.folder = folder
        self.fresh = fresh

    def read(self, key: str, measures: Sequence[Measure]) -> tuple[Graded, float] | None:
        """A cell and the seconds that it took; None where it is not there, or damaged."""
        path = self._path(key)
        if self.fresh:
            return None
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                grades = dict(zip(measures, stored["grades"], strict=True))
                found = Graded(grades, **{name: stored[name] for name in _ARRAYS}), float(stored["seconds"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile):
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)
        return found

    def write(self, key: str, graded: Graded, seconds: float) -> None:
        """Keep a cell.

        Raises:
            OSError: the folder cannot be written, or is full; nothing was kept then.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f"{key}.{os.getpid()}.partial"
        arrays = {name: getattr(graded, name) for name in _ARRAYS}
        grades = np.array(list(graded.grades.values())).reshape(len(graded.grades), -1)
        try:
            with partial.open("wb") as stream:
                np.savez(stream, grades=grades, seconds=np.float64(seconds), **arrays)
            os.replace(partial, self._path(key))
        finally:
            partial.unlink(missing_ok=True)

    def forget_old(self) -> None:
        """Delete what nobody asked for in a long time, and what was never finished."""
        oldest = time.time() - KEPT_DAYS * 86_400
        for path in [*self.folder.glob("*.npz"), *self.folder.glob("*.partial")]:
            with suppress(OSError):
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"


def question_digest(dataset: Dataset, judgements: Judgements) -> str:
    """SHA-256 of what is asked: the gallery, the queries, and what is relevant and junk to each."""
    digest = hashlib.sha256()
    everything = np.arange(len(dataset.images))
    digest.update("\n".join(image.id for image in dataset.images).encode())
    for judged in judgements:
        query = judged.query
        digest.update(f"\n{query.name!r} {query.image.id} {query.crop}".encode())
        relevance = judged.relevance(everything)
        digest.update(np.packbits(judged.junk).tobytes())
        digest.update(np.packbits(relevance.grades).tobytes())
        if relevance.gains:
            digest.update(relevance.gains.ranked.tobytes() + relevance.gains.ideal.tobytes())
    return digest.hexdigest()


def cell_key(**determining: Any) -> str:
    """The name under which a cell is kept, from JSON values that determine it; the code is among them."""
    canonical = json.dumps(determining | {"code": _code_digest()}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@cache
def _code_digest() -> str:
    """SHA-256 of the code that ranks and grades."""
    package = Path(cbir.__file__).parent
    digest = hashlib.sha256(cbir.__version__.encode())
    for part in DETERMINING:
        for path in sorted((package / part).rglob("*.py")):
            digest.update(f"\n{path.relative_to(package)}\n".encode() + path.read_bytes())
    return digest.hexdigest()
