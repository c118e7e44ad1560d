"""The application with its schema. `python -m cbir.api.openapi` prints it, as it stands in `docs/openapi.json`."""

from __future__ import annotations

import json
import sys
from typing import Any

from flask_openapi3.models.info import Info
from flask_openapi3.models.security_scheme import SecurityScheme
from flask_openapi3.openapi import OpenAPI

import cbir
from cbir.api import documentation, operations, pages, problems
from cbir.api.problems import MEDIA_TYPE
from cbir.api.requests import ApiRequest
from cbir.api.resource import REF
from cbir.api.resources import RESOURCES
from cbir.api.schemas.problem import Problem
from cbir.settings import Settings

ABOUT = """Search engine for photographs: choose the descriptor, choose the metric, see why.

Failures are problem documents (RFC 9457, `application/problem+json`): `detail` names the thing, `remedy` says what to
do about it. On a loopback address nobody needs a key before the first one is made; everywhere else a key goes into
`Authorization: Bearer` or `X-API-Key`, or into `POST /api/v1/session`, which gives a cookie for it."""

SCHEMES: dict[str, SecurityScheme | dict[str, Any]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "cbir_session", "description": "See POST /session."},
}


class Api(OpenAPI):
    """flask-openapi3 with strict requests, problem documents, and addresses that redirect nobody."""

    request_class = ApiRequest

    def __init__(self) -> None:
        super().__init__(
            "cbir.api",
            info=Info(title="cbir", version=cbir.__version__, description=ABOUT),
            security_schemes=SCHEMES,
            validation_error_callback=problems.refuse,
            doc_ui=False,
            static_folder=None,
        )
        self.url_map.strict_slashes = False
        self.url_map.merge_slashes = False

    def register_all(self) -> None:
        """Answer at every address; what resources need of the application is there by now."""
        for one in (*RESOURCES, operations.api):
            self.register_api(one)
        self.register_blueprint(documentation.pages)
        self.register_blueprint(pages.pages)

    def generate_spec_json(self) -> None:
        """The library's schema, with the problem document in the place of its own model of a refusal."""
        super().generate_spec_json()  # type: ignore[no-untyped-call]  # it does not say that it returns nothing
        schemas = self.spec_json["components"]["schemas"]
        del schemas["ValidationErrorModel"]
        schemas |= _definitions(Problem.model_json_schema(ref_template=REF + "{model}"))
        for schema in schemas.values():
            schema.pop("$defs", None)
        self.spec_json["components"]["schemas"] = dict(sorted(schemas.items()))
        self.spec_json["components"]["responses"] = _tidied(self.spec_json["paths"])


def _definitions(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema and those it refers to, by name."""
    return {**schema.get("$defs", {}), schema["title"]: schema}


def _tidied(paths: dict[str, Any]) -> dict[str, Any]:
    """The problem documents by status, once for all operations, which are made to refer to them."""
    found: dict[str, Any] = {}
    for path in paths.values():
        for operation in path.values():
            if "description" in operation:
                # the library ends lines as HTML does; descriptions are Markdown
                operation["description"] = operation["description"].replace("<br/>", "\n").strip()
            answers = operation["responses"] = dict(sorted(operation["responses"].items()))
            for status, answer in answers.items():
                if MEDIA_TYPE in answer.get("content", {}):
                    name = f"Problem{status}"
                    found[name] = answer
                    answers[status] = {"$ref": f"#/components/responses/{name}"}
    return dict(sorted(found.items()))


def schema_text() -> str:
    """The schema as it is kept with the program."""
    from cbir.api.app import create_app

    app = create_app(Settings())
    return json.dumps(app.api_doc, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
