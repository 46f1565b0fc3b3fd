"""The bodies of requests: no more than they may have, and no later."""

import asyncio
import math
import time
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from keras_search.tuner.service.problems import TooLarge


@dataclass(frozen=True)
class BodyLimit:
    """How many bytes a body may have, and how many seconds each of its parts, and all of it, may take."""

    size: int
    seconds: float = 60.0
    all_seconds: float = math.inf


PUBLIC = BodyLimit(4096, seconds=10.0, all_seconds=10.0)
"""For a body that anybody may send: a token."""


def check_length(header: str | None, limit: BodyLimit) -> None:
    """Make sure that the length that a request tells is allowed.

    Raises:
        TooLarge: it is not.
    """
    if header is not None and (not header.isdigit() or int(header) > limit.size):
        raise _too_large(limit)


def limited(receive: Receive, limit: BodyLimit) -> Receive:
    """Return a `receive` that raises an `HTTPException` for a body that is too large or too slow."""
    total, whole, deadline = 0, False, time.monotonic() + limit.all_seconds

    async def receiving() -> Message:
        nonlocal total, whole
        if whole:  # what comes now is the end of the connection
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), min(limit.seconds, deadline - time.monotonic()))
        except TimeoutError:
            raise HTTPException(408, "The body of the request came too slowly: send it again, in one piece.") from None
        total += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if total > limit.size:
            raise HTTPException(413, str(_too_large(limit)))  # others, FastAPI takes for a malformed body
        return message

    return receiving


def _too_large(limit: BodyLimit) -> TooLarge:
    return TooLarge(f"The body of the request is too large: at most {limit.size:,} bytes are taken here.")
