"""The document of the API: what FastAPI finds, with our errors and tokens."""

from typing import Any

from fastapi import FastAPI
from starlette.routing import BaseRoute

from keras_search.tuner.service.permissions import needed_by
from keras_search.tuner.service.problems import MEDIA_TYPE, Problem

PATH = "/api/v1/openapi.json"
_REFUSED = "It was refused: the problem says why"
_FAILED = "It could not be done: the problem says why"


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document; it is made once."""
    if app.openapi_schema is None:
        made = app.openapi()
        parts = made.setdefault("components", {})
        schemas = parts.setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for route in app.routes:
            _complete(route, made["paths"].get(getattr(route, "path_format", ""), {}))
        for unused in ("HTTPValidationError", "ValidationError"):  # replaced by the problem
            schemas.pop(unused, None)
    return dict(app.openapi_schema or {})


def _complete(route: BaseRoute, operations: dict[str, Any]) -> None:
    """Add to the operations of a path what they answer if they fail, and whether they need a token."""
    for method in getattr(route, "methods", None) or ():
        operation = operations.get(method.lower())
        if operation is None:
            continue
        operation["responses"].pop("422", None)
        operation["responses"] |= {"4XX": _answer(_REFUSED), "5XX": _answer(_FAILED)}
        operation["security"] = [] if needed_by(route) is None else [{"token": []}]


def _answer(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
