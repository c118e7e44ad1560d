"""The application with its schema."""

from __future__ import annotations

from typing import Any

from flask_openapi3.models.info import Info
from flask_openapi3.models.security_scheme import SecurityScheme
from flask_openapi3.openapi import OpenAPI

import cbir
from cbir.api import problems
from cbir.api.requests import ApiRequest
from cbir.api.resource import PREFIX, REF
from cbir.api.schemas.problem import Problem

SCHEMES: dict[str, SecurityScheme | dict[str, Any]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "cbir_session", "description": "See POST /session."},
}


class Api(OpenAPI):
    """flask-openapi3 with strict requests, problem documents and addresses without redirects."""

    request_class = ApiRequest

    def __init__(self) -> None:
        super().__init__(
            "cbir.api",
            info=Info(title="cbir", version=cbir.__version__, description="Search engine for photographs."),
            security_schemes=SCHEMES,
            validation_error_callback=problems.refuse,
            doc_prefix=PREFIX,
            doc_ui=False,
            static_folder=None,
        )
        self.url_map.strict_slashes = False
        self.url_map.merge_slashes = False

    def generate_spec_json(self) -> None:
        """Put the problem document in the place of the library's own model of a refusal."""
        schema = Problem.model_json_schema(ref_template=REF + "{model}")
        super().generate_spec_json()  # type: ignore[no-untyped-call]  # the library does not say that it returns nothing
        schemas = self.spec_json["components"]["schemas"]
        schemas.pop("ValidationErrorModel", None)
        schemas.update(schema.pop("$defs", {}))
        schemas[Problem.__name__] = schema
