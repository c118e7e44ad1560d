"""How a resource declares itself: its blueprint, its answers, the problems that may stand in their place."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, ValidationError

from cbir.api.problems import MEDIA_TYPE, ProblemError, of_validation
from cbir.api.schemas.base import Body, Form, Output
from cbir.api.schemas.problem import Problem

PREFIX = "/api/v1"
SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"header": []}, {"cookie": []}, {}]
ALWAYS = (400, 401, 403, 404, 421, 422, 429, 503)
"""Any operation may answer these: of its address, its caller, its parameters and the engine."""
REF = "#/components/schemas/"

JsonModel = TypeVar("JsonModel", bound=Body)
FormModel = TypeVar("FormModel", bound=Form)


def resource(name: str, summary: str) -> APIBlueprint:
    """The blueprint of a resource below `/api/v1`."""
    tag = Tag(name=name, description=summary)
    return APIBlueprint(
        name,
        __name__,
        url_prefix=PREFIX,
        abp_tags=[tag],
        abp_security=SECURITY,
        abp_responses=responses(),
        operation_id_callback=operation_id,
    )


def operation_id(*, name: str, path: str, method: str) -> str:
    """What clients that are generated from the schema call an operation: as its function is called."""
    del path, method
    return name


def responses(
    success: Mapping[int, type[Output] | str | None] | None = None, *problems: int
) -> dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None]:
    """The answers of an operation: its own by status, and problem documents for ``problems`` and `ALWAYS`.

    A success is a model, a media type for bytes (`image/webp`; several separated by commas), or None without a body.
    """
    found: dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None] = {
        status: _media(what, status) if isinstance(what, str) else what for status, what in (success or {}).items()
    }
    for status in sorted({*ALWAYS, *problems} - set(success or {})):
        found[status] = {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"{REF}{Problem.__name__}"}}},
        }
    return found


def reply(answer: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer as JSON."""
    return Response(answer.model_dump_json(), status, headers, content_type="application/json")


def either(
    api: APIBlueprint, json: type[Body], form: type[Form], encoding: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """The `openapi_extensions` of an operation that takes a JSON body or a form; it reads it by `read_either`.

    ``encoding`` says how the form's fields are sent (OpenAPI 3.1, encoding objects).
    """
    content: dict[str, dict[str, Any]] = {}
    for media, model in (("application/json", json), ("multipart/form-data", form)):
        schema = model.model_json_schema(ref_template=REF + "{model}")
        for name, definition in schema.pop("$defs", {}).items():
            api.components_schemas[name] = definition
        api.components_schemas[model.__name__] = schema
        content[media] = {"schema": {"$ref": REF + model.__name__}}
    if encoding:
        content["multipart/form-data"]["encoding"] = encoding
    return {"requestBody": {"required": True, "content": content}}


def read_either(json: type[JsonModel], form: type[FormModel]) -> JsonModel | FormModel:
    """The body of the current request, as the model of its content type.

    Raises:
        ProblemError: another content type (415), malformed (400), or refused by the model (422).
    """
    try:
        if request.mimetype == "multipart/form-data":
            return form.model_validate({})
        if not request.is_json:
            raise ProblemError(
                "unsupported-media-type",
                f"The body is {request.mimetype or 'of no stated type'}.",
                remedy="Send application/json or multipart/form-data.",
            )
        return json.model_validate(request.get_json())
    except ValidationError as error:
        raise of_validation(error) from None


def _media(types: str, status: int) -> dict[str, Any]:
    schema = {"type": "string", "format": "binary"}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {one.strip(): {"schema": schema} for one in types.split(",")},
    }
