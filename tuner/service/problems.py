"""Turn errors into answers: `application/problem+json` (RFC 9457), with the line that the command line prints."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.study.database import StudyInUseError

LOGGER = logging.getLogger("keras_search.service")
MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "The request is malformed",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "This address does not take that method",
    409: "The present state does not allow it",
    413: "Too large",
    415: "This kind of content is not taken",
    421: "Not the address of this service",
    422: "An argument is wrong",
    429: "Too many attempts",
    500: "It could not be done",
}


class UnknownName(UsageError):  # noqa: N818 - what was asked for, not what went wrong
    """Raised if nothing has the name that was asked for."""


class Conflict(KerasSearchError):  # noqa: N818
    """Raised if the state of a study or a job does not allow what was asked for."""


class TooLarge(UsageError):  # noqa: N818
    """Raised if a body or a file is larger than the service takes."""


class Refused(KerasSearchError):  # noqa: N818
    """Raised if the sender may not do this: status 401, 403 or 421; or, 429, not for `wait` seconds."""

    def __init__(self, status: int, message: str, wait: float = 0) -> None:
        super().__init__(message)
        self.status, self.wait = status, wait


_STATUSES = {UnknownName: 404, TooLarge: 413, UsageError: 422, Conflict: 409, StudyInUseError: 409}
"""The status of each kind of error; the first that fits counts."""


class Problem(BaseModel):
    """The body of every answer that is an error; `detail` is its one line, the last three are set where known."""

    model_config = ConfigDict(frozen=True)

    type: str
    title: str
    status: int
    detail: str
    expected: str | None = None
    received: str | None = None
    next: str | None = None


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **parts: str | None) -> Response:
    """Return the answer for an error."""
    title = _TITLES.get(status, "It could not be done")
    body = Problem(type="about:blank", title=title, status=status, detail=detail, **parts)
    return JSONResponse(body.model_dump(exclude_none=True), status, dict(headers or {}), MEDIA_TYPE)


def answer(error: KerasSearchError) -> Response:
    """Return the answer for one of our errors."""
    status = status_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if isinstance(error, Refused) and error.wait:
        headers["Retry-After"] = str(int(error.wait + 1))
    return problem(status, str(error), headers)


def status_of(error: KerasSearchError) -> int:
    """Return the HTTP status of one of our errors."""
    if isinstance(error, Refused):
        return error.status
    for kind, status in (
        (UnknownName, 404),
        (TooLarge, 413),
        (UsageError, 422),
        (Conflict, 409),
        (StudyInUseError, 409),
    ):
        if isinstance(error, kind):
            return status
    return 500


def add_handlers(app: FastAPI) -> None:
    """Let every error of the app become a problem."""
    app.add_exception_handler(KerasSearchError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OSError, _system)
    app.add_exception_handler(Exception, _unforeseen)


def _ours(_: Request, error: Exception) -> Response:
    assert isinstance(error, KerasSearchError)
    return answer(error)


def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), error.headers)


def _system(_: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)
    LOGGER.warning("%s", error)
    return problem(500, f"The system does not allow it: {error.strerror or type(error).__name__}.")


def _unforeseen(_: Request, error: Exception) -> Response:
    """Name an error of ours; what it says may hold a path or a value, and is in the log."""
    return problem(500, f"Error in the service itself ({type(error).__name__}): its output has the traceback.")


def _invalid(_: Request, error: Exception) -> Response:
    """Describe the first value that does not fit; the others would only repeat what the document of the API says."""
    assert isinstance(error, RequestValidationError)
    first: Mapping[str, Any] = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    received = None if first["type"] == "missing" else _shortened(first.get("input"))
    ending = "" if received is None else f", received {received}"
    expected = str(first["msg"])
    return problem(422, f"{place}: {expected}{ending}.", expected=expected, received=received)


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]}..."
