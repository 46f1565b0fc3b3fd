"""Try the exported model of a study."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool

from keras_search.errors import UsageError
from keras_search.tuner.service.answers import Body
from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.names import known_study
from keras_search.tuner.service.permissions import READ
from keras_search.tuner.service.predicting import IMAGES, model_input, rows_content
from keras_search.tuner.service.reading.answers import Plain
from keras_search.tuner.service.reading.offers import ModelInput, Predicted

router = APIRouter(prefix="/api/v1", tags=["studies"])
MOST_ROWS = 10_000
Row = Annotated[dict[str, Plain], Field(max_length=10_000)]


class Rows(Body):
    """Rows of a table, each a value by the name of its column."""

    rows: Annotated[list[Row], Field(min_length=1, max_length=MOST_ROWS)]


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": Rows.model_json_schema()},
            **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in IMAGES},
        },
    }
}


@router.get("/studies/{name}/predict", dependencies=[READ])
def takes(name: str, service: ServiceOf) -> ModelInput:
    """Show what the exported model of a study takes: images, or rows with which columns."""
    return model_input(service.places.exports / known_study(service, name).name)


@router.post("/studies/{name}/predict", dependencies=[READ], openapi_extra=_BODY)
async def predict(name: str, request: Request, service: ServiceOf) -> Predicted:
    """Predict an image, which is the body, or rows, as JSON, with the exported model of a study."""
    folder = await run_in_threadpool(known_study, service, name)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content, ending = await request.body(), IMAGES.get(kind, "")
    if kind == "application/json":
        content, ending = rows_content(_rows(content).rows), ".jsonl"
    if not ending:
        raise UsageError(f"Expected JSON with rows, or an image ({', '.join(IMAGES)}), received {kind[:100]!r}.")
    export = service.places.exports / folder.name
    return await run_in_threadpool(service.models.predict, export, content, ending, service.places.work)


def _rows(content: bytes) -> Rows:
    try:
        return Rows.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(map(str, first["loc"]))[:100]
        raise UsageError(f'{place or "body"}: {first["msg"]}: expected {{"rows": [{{COLUMN: VALUE}}]}}.') from None
