"""Turn errors into answers: `application/problem+json` (RFC 9457), with the line that the command line prints."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.study.database import StudyInUseError

LOGGER = logging.getLogger("keras_search.service")
MEDIA_TYPE = "application/problem+json"
NOWHERE = "There is nothing at this address: it may be mistyped, or what was here is gone."
_TITLES = {
    400: "The request is malformed",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "This address does not take that method",
    408: "It took too long",
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


_SHOULD = re.compile(r"^(String|Input|List|Dictionary|Value|URL) should (have|be|match) ")
_STATUSES = ((UnknownName, 404), (TooLarge, 413), (UsageError, 422), (Conflict, 409), (StudyInUseError, 409))
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


Respond = Callable[[HTTPConnection, Problem, Mapping[str, str]], Response]
"""Makes the answer to a request that ended in a problem."""


def as_json(_: HTTPConnection, found: Problem, headers: Mapping[str, str]) -> Response:
    """Return the answer for a program."""
    return JSONResponse(found.model_dump(exclude_none=True), found.status, dict(headers), MEDIA_TYPE)


def add_handlers(app: FastAPI, respond: Respond = as_json) -> None:
    """Let every error of the app become the answer that `respond` makes of its problem."""

    def handle(request: Request, error: Exception) -> Response:
        if isinstance(error, OSError):
            LOGGER.warning("%s", error)
        return respond(request, problem_of(error), headers_of(error))

    for kind in (KerasSearchError, RequestValidationError, HTTPException, OSError, Exception):
        app.add_exception_handler(kind, handle)


def headers_of(error: Exception) -> Mapping[str, str]:
    """Return the headers of the answer to an error."""
    if isinstance(error, HTTPException):
        return error.headers or {}
    if isinstance(error, Refused):
        signing_in = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
        return {**signing_in, **({"Retry-After": str(int(error.wait + 1))} if error.wait else {})}
    return {}


def problem_of(error: Exception) -> Problem:
    """Describe an error; what an error of our own code says may hold a path or a value, and is in the log alone."""
    if isinstance(error, KerasSearchError):
        return _problem(status_of(error), str(error))
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        return _problem(error.status_code, NOWHERE if error.status_code == 404 else str(error.detail))
    if isinstance(error, OSError):
        return _problem(500, f"The system does not allow it: {error.strerror or type(error).__name__}.")
    return _problem(500, f"Error in the service itself ({type(error).__name__}): its output has the traceback.")


def status_of(error: KerasSearchError) -> int:
    """Return the HTTP status of one of our errors."""
    if isinstance(error, Refused):
        return error.status
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def _problem(status: int, detail: str, **parts: str | None) -> Problem:
    title = _TITLES.get(status, "It could not be done")
    return Problem(type="about:blank", title=title, status=status, detail=detail, **parts)


def _invalid(error: RequestValidationError) -> Problem:
    """Describe the first value that does not fit; the others would only repeat what the document of the API says."""
    first: Mapping[str, Any] = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    received = None if first["type"] == "missing" else _shortened(first.get("input"))
    ending = "" if received is None else f", received {received}"
    expected = _SHOULD.sub("", str(first["msg"]))
    said = f"expected {expected}" if expected != first["msg"] else expected
    return _problem(422, f"{place}: {said}{ending}.", expected=expected, received=received)


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]}\N{HORIZONTAL ELLIPSIS}{text[-1]}"
