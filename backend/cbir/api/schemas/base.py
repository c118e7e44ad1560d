"""The bases of all models: what is not declared is refused, and text stays the text that was sent."""

from __future__ import annotations

from typing import Any, Self, get_args, get_origin

from flask import request
from flask_openapi3.models.file import FileStorage
from pydantic import BaseModel, ConfigDict

from cbir.api.problems import ProblemError, invalid


class Output(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PathParameters(BaseModel):
    """The names in an address."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class QueryParameters(BaseModel):
    """What stands behind the question mark of an address."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Body(BaseModel):
    """A JSON body. Malformed JSON is refused with 400 and another content type with 415, before it comes here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Refuse a body that is JSON text within a JSON string, which flask-openapi3 would unpack."""
        return cls.model_validate(json_data, **options)


class Form(BaseModel):
    """A multipart body. A field that is declared as a list may come several times; files are `FileStorage`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Read the fields as they were sent: flask-openapi3 would turn the label `2019` into a number."""
        del obj
        if request.mimetype != "multipart/form-data":
            raise ProblemError(
                "unsupported-media-type",
                f"The body is {request.mimetype or 'of no stated type'}.",
                remedy="Send it as multipart/form-data.",
            )
        for name in request.form:
            if name in cls.model_fields and _holds_files(cls.model_fields[name].annotation):
                raise invalid(name, "It came as text.", "Send it as a file: a part with a file name.")
        sent: dict[str, Any] = {}
        for source in (request.form, request.files):
            for name in source:
                sent[name] = source.getlist(name) if _is_list(cls, name) else source[name]
        return super().model_validate(sent, **options)


def _holds_files(annotation: Any) -> bool:
    """Whether a field takes files; the library's type of a file takes anything."""
    return annotation is FileStorage or any(map(_holds_files, get_args(annotation)))


def _is_list(form: type[BaseModel], name: str) -> bool:
    field = form.model_fields.get(name)
    return field is not None and get_origin(field.annotation) in {list, tuple}
