"""What a form in which datasets are kept is, and what reading one gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol as Interface

from cbir.evaluation.dataset import Dataset
from cbir.evaluation.protocols.base import Protocol
from cbir.ingest.labels import LABEL_COLUMN, Where
from cbir.progress import Progress


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A dataset and the protocols by which it is graded."""

    dataset: Dataset
    protocols: tuple[Protocol, ...]
    """The customary one first; others grade the same rankings by other rules."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person may choose; a format ignores what does not concern it."""

    label_column: str = LABEL_COLUMN
    where: Where | None = None
    """Only rows that have this value."""
    seed: int = 0
    """For formats that draw their queries."""


class DatasetFormat(Interface):
    """A form in which datasets are kept."""

    @property
    def name(self) -> str:
        """As `--format` names it."""

    @property
    def summary(self) -> str:
        """One sentence: what a folder of this form holds."""

    def recognises(self, folder: str) -> bool:
        """Whether a folder looks like this form; reads names only."""

    def read(self, folder: str, options: ReadOptions, progress: Progress) -> Benchmark:
        """Read a folder: what is where, and what is relevant to what. Files are hashed, not decoded.

        Raises:
            NotFoundError: a file without which nothing can be graded is not there.
            InvalidRequestError: such a file is malformed, or nothing is left to grade.
        """
