"""Measures: each grades one query's relevance list, and prints as its name.

A new one is a class that is a `Measure`, and a line here, or an entry point of another package: its name is the form
(`MY@k`, or `MY` where there is no cutoff), its object makes the `Form`.
"""

from __future__ import annotations

import difflib
import re
from functools import partial

from cbir.errors import UnknownNameError
from cbir.evaluation.measures.average_precision import AveragePrecision, TrapezoidAveragePrecision
from cbir.evaluation.measures.base import Form, Gains, Measure, Relevance
from cbir.evaluation.measures.curves import (
    RECALL_LEVELS,
    interpolated_precision,
    mean_curve,
    precision_curve,
    recall_curve,
)
from cbir.evaluation.measures.gain import DiscountedGain
from cbir.evaluation.measures.precision import NisterStewenius, Precision, RPrecision
from cbir.evaluation.measures.recall import HitRate, Recall, ReciprocalRank
from cbir.registry import Registry

__all__ = [
    "DEFAULT_MEASURES",
    "FORMS",
    "RECALL_LEVELS",
    "AveragePrecision",
    "DiscountedGain",
    "Form",
    "Gains",
    "HitRate",
    "Measure",
    "NisterStewenius",
    "Precision",
    "RPrecision",
    "Recall",
    "ReciprocalRank",
    "Relevance",
    "TrapezoidAveragePrecision",
    "interpolated_precision",
    "mean_curve",
    "parse_measure",
    "precision_curve",
    "recall_curve",
]

DEFAULT_MEASURES: tuple[Measure, ...] = (
    AveragePrecision(100),
    AveragePrecision(100, by_all_relevant=True),
    AveragePrecision(),
    Precision(1),
    Precision(10),
)

FORMS: Registry[Form] = Registry("measure", group="cbir.measures")
for _form in (
    Form("AP", lambda _: AveragePrecision()),
    Form("AP-trapezoid", lambda _: TrapezoidAveragePrecision()),
    Form("AP@k", AveragePrecision),
    Form("AP@k-trec", partial(AveragePrecision, by_all_relevant=True)),
    Form("P@k", Precision),
    Form("recall@k", Recall),
    Form("hit@k", HitRate),
    Form("nDCG", lambda _: DiscountedGain()),
    Form("nDCG@k", DiscountedGain),
    Form("Rprec", lambda _: RPrecision()),
    Form("RR", lambda _: ReciprocalRank()),
    Form("N-S", lambda _: NisterStewenius()),
):
    FORMS.register(_form.template, partial(lambda form: form, _form))

USUAL_CUTOFF = 100
"""For the names that an error proposes."""
_NUMBER = re.compile("(?<![0-9])[1-9][0-9]{0,8}(?![0-9])", re.ASCII)


def parse_measure(name: str) -> Measure:
    """The measure that prints as ``name``: one of `FORMS`, with a number from 1 in the place of its `k`.

    Raises:
        UnknownNameError: no measure prints like that; the remedy names the nearest one and all forms.
    """
    numbers = _NUMBER.findall(name)
    cutoff = int(numbers[-1]) if numbers else USUAL_CUTOFF
    measures = [form.make(cutoff) for form in FORMS]
    for measure in measures:
        if str(measure) == name:
            return measure
    raise UnknownNameError(f"No measure is called '{name}'.", remedy=_nearest(name, measures))


def _nearest(name: str, measures: list[Measure]) -> str:
    """The remedy for a name that no measure has; capitals do not keep two names apart, nor does the mean's name."""
    folded = name.casefold()
    by_name = {
        known.casefold(): str(one)
        for one in measures
        for known in (one.mean_key, one.mean_key.replace("_at_", "@"), f"m{one}", str(one))
    }
    near = difflib.get_close_matches(folded, by_name, n=1, cutoff=0.5)
    proposed = f"Did you mean '{by_name[near[0]]}'? " if near else ""
    return f"{proposed}Known: {', '.join(FORMS.names())}; k is a number from 1, as in AP@{USUAL_CUTOFF}."
