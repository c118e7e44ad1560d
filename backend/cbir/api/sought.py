"""What a request searches for: the one kind of query in its body, as examples that the domain knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cbir.api import query_pictures
from cbir.api.fields import about, said_of
from cbir.api.problems import FieldProblem, ProblemError
from cbir.api.query_pictures import Kept
from cbir.api.schemas.compare import ComparisonBody, ComparisonForm
from cbir.api.schemas.explain import ExplanationBody, ExplanationForm
from cbir.api.schemas.search import IndexedImage, SearchBody, SearchedPicture, SearchForm
from cbir.api.services import Services
from cbir.collection import Collection
from cbir.errors import ConflictError, ImageError, InvalidRequestError, NotFoundError
from cbir.records import Vector
from cbir.searching.crops import Crop
from cbir.searching.examples import Example, IndexedExample, PictureExample
from cbir.searching.steps import Steps

Wanted = SearchBody | SearchForm | ComparisonBody | ComparisonForm | ExplanationBody | ExplanationForm

_GIVE_ONE = "Give exactly one of: image (a file in a form), image_id, query, url, positive."


@dataclass(frozen=True, slots=True)
class Sought:
    """What a request searches for."""

    positives: tuple[Example, ...]
    negatives: tuple[Example, ...] = ()
    kept: Kept | None = None
    """The picture from outside that it searches with, where it is a single one."""


@dataclass(frozen=True, slots=True)
class NamedExample:
    """An example, with the fields of the request that give it."""

    example: Example
    field: str
    crop_field: str = "crop"

    @property
    def id(self) -> str:
        """See `Example`."""
        with about(self.field):
            return self.example.id

    def descriptor(self, collection: Collection, extractor: str, steps: Steps) -> Vector:
        """See `Example`; what is wrong with the picture or the crop is said of its field."""
        try:
            return self.example.descriptor(collection, extractor, steps)
        except (ImageError, NotFoundError) as error:
            _require_complete(collection, extractor)
            raise said_of(self.field, error) from error
        except InvalidRequestError as error:
            # a name that is not known is of a class below, and not about the crop
            if type(error) is not InvalidRequestError:
                raise
            raise said_of(self.crop_field, error) from error


def _require_complete(collection: Collection, extractor: str) -> None:
    """An image may lack a descriptor because nobody has finished adding it."""
    missing = {one.identity.name: one.missing for one in collection.stored.extractors()}
    if missing.get(extractor):
        unfinished = ConflictError(
            f"'{extractor}' is not complete: {missing[extractor]:,} images have no descriptor of it yet.",
            remedy="Wait for the job that adds it, or add it again, which goes on where it ended.",
        )
        raise said_of("extractor", unfinished)


def sought(wanted: Wanted, served: Services) -> Sought:
    """What a body asks for; a picture in it is kept from now on.

    Raises:
        ProblemError: none or several kinds of query, a crop that cannot be, a picture that cannot be read.
    """
    given = [name for name in _KINDS if getattr(wanted, name, None) not in (None, [])]
    if not given:
        problems = [FieldProblem(name, "One of these is needed.") for name in _KINDS]
        raise ProblemError("invalid", "Nothing to search for is given.", _GIVE_ONE, problems)
    if len(given) > 1:
        problems = [FieldProblem(name, "Only one of these can be given.") for name in given]
        raise ProblemError("invalid", f"{' and '.join(given)} are given together.", _GIVE_ONE, problems)
    (field,) = given
    if wanted.negative and field != "positive":
        raise _invalid("negative", "Negative examples go with positive ones.")
    if wanted.crop and field == "positive":
        raise _invalid("crop", "A crop is given with each example.")
    return _KINDS[field](wanted, served)


def _by_upload(wanted: Wanted, served: Services) -> Sought:
    crop = _crop(wanted.crop, "crop")
    data = query_pictures.uploaded(getattr(wanted, "image", None), served.settings)
    return _of_picture("image", query_pictures.keep(data, served), crop, served)


def _by_address(wanted: Wanted, served: Services) -> Sought:
    crop = _crop(wanted.crop, "crop")
    data = query_pictures.fetched(wanted.url or "", served.settings)
    return _of_picture("url", query_pictures.keep(data, served), crop, served)


def _by_token(wanted: Wanted, served: Services) -> Sought:
    return _of_picture("query", query_pictures.kept(wanted.query or ""), _crop(wanted.crop, "crop"), served)


def _of_picture(field: str, picture: Kept, crop: Crop | None, served: Services) -> Sought:
    example = PictureExample(picture.token, served.queries, crop)
    return Sought((NamedExample(example, field),), kept=picture)


def _by_image(wanted: Wanted, _served: Services) -> Sought:
    example = IndexedExample(wanted.image_id or "", _crop(wanted.crop, "crop"))
    return Sought((NamedExample(example, "image_id"),))


def _by_examples(wanted: Wanted, served: Services) -> Sought:
    positives, negatives = (
        tuple(_example(one, f"{field}.{index}", served) for index, one in enumerate(getattr(wanted, field)))
        for field in ("positive", "negative")
    )
    return Sought(positives, negatives)


def _example(given: str | IndexedImage | SearchedPicture, field: str, served: Services) -> NamedExample:
    if isinstance(given, str):
        return NamedExample(IndexedExample(given), field)
    crop = _crop(given.crop, f"{field}.crop")
    example: Example = (
        IndexedExample(given.id, crop)
        if isinstance(given, IndexedImage)
        else PictureExample(given.query, served.queries, crop)
    )
    return NamedExample(example, field, f"{field}.crop")


def _crop(text: str | None, field: str) -> Crop | None:
    if text is None:
        return None
    with about(field):
        return Crop.parse(text)


def _invalid(field: str, message: str) -> ProblemError:
    return ProblemError("invalid", f"{field}: {message}", _GIVE_ONE, [FieldProblem(field, message)])


_KINDS: dict[str, Callable[[Wanted, Services], Sought]] = {
    "image": _by_upload,
    "image_id": _by_image,
    "query": _by_token,
    "url": _by_address,
    "positive": _by_examples,
}
"""The kinds of query, by the field that gives one."""
