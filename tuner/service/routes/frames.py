"""The tables of a study, whole, as JSON or as CSV."""

import secrets
from typing import Literal

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.names import known_study
from keras_search.tuner.service.permissions import READ

router = APIRouter(prefix="/api/v1", tags=["studies"])
Frame = Literal[
    "trials", "history", "brackets", "comparison", "retrains", "timings", "predictions", "importance", "ablation"
]
MEDIA = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
_ANSWER = {
    "content": {
        "application/json": {"schema": {"type": "object", "properties": {"columns": {}, "rows": {}}}},
        "text/csv": {"schema": {"type": "string"}},
    },
    "description": "JSON with the names of the `columns` and the `rows`, or a CSV file as in the report",
}


@router.get(
    "/studies/{name}/frames/{frame}", dependencies=[READ], responses={200: _ANSWER}, response_class=FileResponse
)
def frame(name: str, frame: Frame, service: ServiceOf, format: Literal["json", "csv"] = "json") -> FileResponse:
    """Return a table of a study, with all its rows."""
    folder = known_study(service, name)
    output = service.places.work / f"{secrets.token_hex(8)}.{format}"
    try:
        service.library.helper.ask(want="frame", study=str(folder.root), frame=frame, format=format, output=str(output))
    except BaseException:
        output.unlink(missing_ok=True)
        raise
    file_name = f"{folder.name}-{frame}.{format}"
    return FileResponse(output, media_type=MEDIA[format], filename=file_name, background=BackgroundTask(output.unlink))
