"""What a person would see: the first images of the worst, middling and best queries of the best cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cbir.evaluation.reports.figures.frame import count, grade, note, section
from cbir.evaluation.reports.layout import Report
from cbir.evaluation.reports.markup import Markup, join, tag


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as the page shows it."""

    name: str
    """Its path below the dataset's folder."""
    data: str
    """A small JPEG as a `data:` address; empty where the file could not be read."""


@dataclass(frozen=True, slots=True)
class Place:
    """A rank of an example."""

    picture: Picture
    labels: tuple[str, ...]
    score: float
    relevant: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A query and the first images of its ranking."""

    kind: str
    """Why it is shown: `worst`, `median`, `best`."""
    picture: Picture
    name: str
    labels: tuple[str, ...]
    crop: str | None
    relevant: int
    grade: float
    places: tuple[Place, ...]


def figure(report: Report, cell: str, examples: Sequence[Example]) -> Markup:
    """A strip of pictures a query."""
    return section(
        "Example rankings",
        "examples",
        tag(
            "p",
            f"Queries of {cell}, the best cell: those with the lowest, a middling and the "
            f"highest {report['primary_measure']}. ",
            _mark(relevant=True),
            " is relevant by the protocol, ",
            _mark(relevant=False),
            " is not.",
        ),
        [_strip(report, one) for one in examples] or note("No pictures were asked for, or nothing was graded."),
    )


def _strip(report: Report, example: Example) -> Markup:
    found = sum(place.relevant for place in example.places)
    heading = (
        f"{example.kind.capitalize()}: {report['primary_measure']} {grade(example.grade)}, "
        f"{found} of the first {len(example.places)} relevant, {count(example.relevant, 'relevant image')} in all"
    )
    query = tag(
        "figure",
        _image(example.picture, f"Query: {example.picture.name}"),
        tag("figcaption", tag("b", "query"), _labels(example.labels), _crop(example.crop)),
        class_="picture query",
    )
    places = [
        tag("li", _place(rank, place), class_="relevant" if place.relevant else "other")
        for rank, place in enumerate(example.places, 1)
    ]
    return tag(
        "article",
        tag("h3", heading),
        tag("div", query, tag("ol", places), class_="strip", role="region", tabindex="0", aria_label=_who(example)),
    )


def _who(example: Example) -> str:
    """Which ranking it is, unlike any other one of the page."""
    part = f", part {example.crop}" if example.crop else ""
    return f"Ranking of {example.picture.name}{part}"


def _place(rank: int, place: Place) -> Markup:
    caption = tag(
        "figcaption",
        tag("span", f"{rank} ", _mark(relevant=place.relevant)),
        _labels(place.labels),
        f"{place.score:.4g}",
    )
    return tag("figure", _image(place.picture, place.picture.name), caption, class_="picture")


def _mark(*, relevant: bool) -> Markup:
    sign, word = ("✓", "relevant") if relevant else ("✗", "not relevant")
    return tag("span", sign, class_="yes" if relevant else "no", role="img", aria_label=word, title=word)


def _labels(labels: Sequence[str]) -> Markup | None:
    return tag("span", ", ".join(labels), class_="labels") if labels else None


def _crop(crop: str | None) -> Markup | None:
    return tag("span", f"part {crop}", class_="labels") if crop else None


def _image(picture: Picture, text: str) -> Markup:
    if not picture.data:
        return tag("span", join("no picture: ", picture.name), class_="missing")
    return tag("img", src=picture.data, alt=text, title=picture.name)
