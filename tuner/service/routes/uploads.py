"""Upload data, and delete what was uploaded."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.permissions import UPLOAD, WRITE
from keras_search.tuner.service.reading.offers import Upload
from keras_search.tuner.service.uploads import folder

router = APIRouter(prefix="/api/v1", tags=["data"])
CHUNK = 1 << 20
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/uploads", dependencies=[WRITE, UPLOAD], status_code=201, openapi_extra=_BODY)
async def upload(
    request: Request,
    service: ServiceOf,
    name: Annotated[str, Query(max_length=10_000, description="The name of the file, which says of what kind it is")],
) -> Upload:
    """Upload a table, an .npz, or a .zip of images in a folder for each class; the body is the file itself.

    An upload whose name is taken gets a number. A zip is checked, and unpacked only then.
    """
    named, uploads, limit = folder.checked_name(name), service.places.uploads, service.limits.upload
    length = request.headers.get("content-length", "")
    folder.check_room(uploads, int(length) if length.isdigit() else 0)
    with folder.incoming(uploads) as place:
        waiting = bytearray()
        with place.open("xb") as file:
            async for part in request.stream():
                waiting += part
                if len(waiting) >= CHUNK:
                    await run_in_threadpool(file.write, bytes(waiting))
                    waiting.clear()
            await run_in_threadpool(file.write, bytes(waiting))
        kept = await run_in_threadpool(folder.keep, uploads, place, named, limit)
    return Upload(name=kept.name, path=str(kept.data), size=kept.size, kind=kept.kind, left_out=kept.left_out)


@router.delete("/uploads/{name}", dependencies=[WRITE], status_code=204)
def delete(name: str, service: ServiceOf) -> None:
    """Delete an upload; studies that were started with it keep their own copy of the data."""
    folder.delete(service.places.uploads, name)
