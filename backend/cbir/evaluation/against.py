"""Has anything become worse? A new report against an old one, for continuous integration."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cbir.errors import ConflictError, InvalidRequestError, UnknownNameError
from cbir.registry import did_you_mean

MARGIN = 0.01
SAME = {
    "dataset": "dataset",
    "label_column": "label column",
    "where": "row filter",
    "protocol": "protocol",
    "images": "number of images",
    "queries": "number of queries",
}
"""What two reports must have in common for their figures to say anything about each other, and how it is called."""


@dataclass(frozen=True, slots=True)
class Fall:
    """A cell that became worse by more than the margin, or that is gone."""

    key: str
    measure: str
    old: float
    new: float | None
    """None where the new report lacks the cell."""

    def __str__(self) -> str:
        if self.new is None:
            return f"{self.key}: {self.measure} was {self.old:.4f}, and is missing now"
        return f"{self.key}: {self.measure} fell from {self.old:.4f} to {self.new:.4f} ({self.new - self.old:+.4f})"

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {"key": self.key, "measure": self.measure, "old": self.old, "new": self.new}


def against(
    new: Mapping[str, Any], old: Mapping[str, Any], margin: float = MARGIN, measure: str | None = None
) -> tuple[Fall, ...]:
    """The cells of an old report whose mean fell by more than ``margin``, or that the new report lacks.

    Args:
        new: a report's `report.json`.
        old: another one.
        margin: the largest fall that is let pass, in units of the measure; 0 or more.
        measure: its name; by default the old report's primary one.

    Raises:
        ConflictError: they do not ask the same thing: another dataset, protocol or number of queries.
        InvalidRequestError: the margin is negative or no number.
        UnknownNameError: one of them lacks the measure.
    """
    require_margin(margin)
    _require_same_question(new, old)
    measure = measure or str(old["primary_measure"])
    for report, which in ((new, "new"), (old, "old")):
        _require_measure(report, measure, which)
    now = {result["key"]: float(result["means"][measure]) for result in new["results"]}
    falls = []
    for result in old["results"]:
        before, after = float(result["means"][measure]), now.get(result["key"])
        if after is None or before - after > margin:
            falls.append(Fall(result["key"], measure, before, after))
    return tuple(falls)


def require_margin(margin: float) -> None:
    """Refuse a margin that can be none.

    Raises:
        InvalidRequestError: it is negative or no number.
    """
    if not margin >= 0 or math.isinf(margin):
        raise InvalidRequestError(f"The margin cannot be {margin}.", remedy="Give 0 or more, as 0.01.")


def _require_same_question(new: Mapping[str, Any], old: Mapping[str, Any]) -> None:
    differing = [
        f"{what} {_shown(new.get(field))}, not {_shown(old.get(field))}"
        for field, what in SAME.items()
        if new.get(field) != old.get(field)
    ]
    if differing:
        raise ConflictError(
            f"The two reports cannot be compared: the new one has {'; '.join(differing)}.",
            remedy="Evaluate the same dataset by the same protocol, or make the old report anew.",
        )


def _shown(value: object) -> str:
    return "none" if value is None else f"'{value}'" if isinstance(value, str) else str(value)


def _require_measure(report: Mapping[str, Any], measure: str, which: str) -> None:
    known = [one["name"] for one in report["measures"]]
    if measure not in known:
        raise UnknownNameError(f"The {which} report has no measure '{measure}'.", remedy=did_you_mean(measure, known))
