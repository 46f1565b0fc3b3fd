"""What the pages load: our own styles and modules, and Plotly's bundle out of its installed package."""

import gzip
import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from keras_search.tuner.service.permissions import PUBLIC
from keras_search.tuner.service.problems import UnknownName

STATIC = Path(__file__).parent.parent / "static"
PLOTLY = "plotly.min.js"
FOREVER = "public, max-age=31536000, immutable"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
WORTH_PACKING = 1000
"""Bytes from which a file is sent compressed."""

router = APIRouter(include_in_schema=False)


@router.get("/static/{digest}/{name}", dependencies=[PUBLIC])
def static_file(digest: str, name: str, request: Request) -> Response:
    """Send a file that the pages load; a browser keeps it for as long as its address, which holds a digest of all."""
    path = files().get(name)
    if path is None:
        raise UnknownName(f"No file named {name[:100]!r}.")
    headers = {"Cache-Control": FOREVER if digest == digest_of_all() else "no-cache", "Vary": "Accept-Encoding"}
    kind = TYPES[path.suffix]
    if "gzip" in request.headers.get("accept-encoding", "") and path.stat().st_size > WORTH_PACKING:
        return Response(packed(path), media_type=kind, headers={**headers, "Content-Encoding": "gzip"})
    return FileResponse(path, media_type=kind, headers=headers)


@cache
def files() -> Mapping[str, Path]:
    """Return the files that are served, by name."""
    found = {path.name: path for path in sorted(STATIC.iterdir()) if path.suffix in TYPES}
    spec = find_spec("plotly")
    if spec is not None and spec.origin is not None:
        found[PLOTLY] = Path(spec.origin).parent / "package_data" / PLOTLY
    return found


@cache
def style_ids() -> tuple[str, ...]:
    """Return the ids of the style elements that Plotly adds for its maps, unless the page has an element of that id.

    The content policy refuses them, and no chart here is a map.
    """
    path = files().get(PLOTLY)
    text = "" if path is None else path.read_text(encoding="utf-8")
    return tuple(re.findall(r'getElementById\("([0-9a-f]{64})"\)', text))


@cache
def digest_of_all() -> str:
    """Return a digest that changes with any of the files."""
    digest = sha256(version("plotly").encode())
    for name, path in files().items():
        digest.update(name.encode() + (b"" if name == PLOTLY else path.read_bytes()))
    return digest.hexdigest()[:16]


@cache
def packed(path: Path) -> bytes:
    """Return a file's content, compressed."""
    return gzip.compress(path.read_bytes(), 6, mtime=0)
