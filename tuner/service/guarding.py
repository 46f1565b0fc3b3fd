"""The middleware around all routes: who may do what is decided here, before a body is read."""

import logging
import time
from collections.abc import Iterable
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keras_search.errors import KerasSearchError
from keras_search.tuner.service import permissions, problems
from keras_search.tuner.service.context import Service
from keras_search.tuner.service.headers import add_security_headers
from keras_search.tuner.service.hosts import SAFE, check_host, check_source, is_loopback, names_of_host
from keras_search.tuner.service.login import LOGIN, granted, session_of
from keras_search.tuner.service.permissions import SENDER, Permission
from keras_search.tuner.service.problems import Refused, TooLarge

LOGGER = logging.getLogger("keras_search.service")
RECHECK = 10.0
"""Seconds after which an answer that goes on checks the permission of its sender again."""
PUBLIC_BODY = 4096
"""Bytes of a body that anybody may send: a token."""
AGAIN = '<!doctype html><html lang="en"><meta http-equiv="refresh" content="0"><title>keras-search</title>'
"""A page that asks for itself again."""


class Guard:
    """Answer what may not be done; pass on the rest, with what its sender may do in the scope."""

    def __init__(self, app: ASGIApp, service: Service, routes: Iterable[BaseRoute]) -> None:
        self._app, self._service, self._routes = app, service, tuple(routes)
        self._names = names_of_host(service.address)
        self._loopback = is_loopback(service.address.host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # no route takes a WebSocket
        scope = self._rooted(scope)
        protected = _protected(scope, send)
        try:
            limit = self._admitted(HTTPConnection(scope))
        except KerasSearchError as error:
            await self._refusal(HTTPConnection(scope), error)(scope, receive, protected)
            return
        await self._limited(limit, scope, receive, protected)

    def _rooted(self, scope: Scope) -> Scope:
        """Return a scope with the root path, whether the proxy has left it in the path or taken it away."""
        root, path = self._service.address.root_path, scope["path"]
        full = path if not root or path == root or path.startswith(f"{root}/") else root + path
        return {**scope, "root_path": root, "path": full}

    def _admitted(self, connection: HTTPConnection) -> int:
        """Decide on a request, and return how many bytes its body may have.

        Raises:
            KerasSearchError: it is refused.
        """
        headers = connection.headers
        check_host(headers.get("host"), self._names, self._loopback)
        route = self._route(connection.scope)
        needed = Permission.READ if route is None else permissions.needed_by(route)
        by_cookie = "authorization" not in headers and session_of(connection, self._service) is not None
        check_source(connection.scope["method"], headers, by_cookie and needed is not None)
        if needed is not None:
            connection.scope[SENDER] = granted(connection, self._service)
            permissions.check(needed, connection.scope[SENDER])
        limits = self._service.limits
        limit = PUBLIC_BODY if needed is None else limits.body
        limit = limits.upload if route is not None and permissions.takes_uploads(route) else limit
        _check_length(headers.get("content-length"), limit)
        return limit

    def _route(self, scope: Scope) -> BaseRoute | None:
        """Return the route that will handle a request, None if no route takes it."""
        return next((route for route in self._routes if route.matches(scope)[0] is Match.FULL), None)

    def _refusal(self, connection: HTTPConnection, error: KerasSearchError) -> Response:
        """Return the answer to a request that is refused; a browser that is not signed in is led to the login."""
        status, path = problems.status_of(error), connection.scope["path"]
        LOGGER.info("%s %r refused: %s", connection.scope["method"], path, status)
        if status != 401 or not _is_page(connection):
            return problems.answer(error)
        if connection.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            # The cookie is not sent along a link from elsewhere; it is when our own page asks.
            return HTMLResponse(AGAIN)
        query = connection.scope["query_string"].decode("latin-1")
        there = urlencode({"next": path + (f"?{query}" if query else "")})
        return RedirectResponse(f"{self._service.address.root_path}{LOGIN}?{there}", 303)

    async def _limited(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, but not more of its body than its limit."""
        total = 0

        async def counted() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > limit:
                raise HTTPException(413, str(_too_large(limit)))  # others, FastAPI takes for a malformed body
            return message

        await self._app(scope, counted, self._while_allowed(scope, send))

    def _while_allowed(self, scope: Scope, send: Send) -> Send:
        """End an answer that goes on, such as a stream of events, soon after its sender has lost the permission."""
        if SENDER not in scope:
            return send
        connection, checked, ended = HTTPConnection(scope), time.monotonic(), False

        async def sending(message: Message) -> None:
            nonlocal checked, ended
            if ended:
                return
            if message["type"] == "http.response.body" and time.monotonic() - checked > RECHECK:
                checked = time.monotonic()
                ended = self._has_lost(connection)
            await send({**message, "body": b"", "more_body": False} if ended else message)

        return sending

    def _has_lost(self, connection: HTTPConnection) -> bool:
        """Return whether the sender of a request may no longer do what it could at its beginning."""
        try:
            return granted(connection, self._service) is not connection.scope[SENDER]
        except Refused as error:
            return error.status == 401
        except KerasSearchError:  # nothing can be read at present
            return False


def _protected(scope: Scope, send: Send) -> Send:
    """Add the security headers to an answer, and log what changes something."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            add_security_headers(MutableHeaders(scope=message))
            if scope["method"] not in SAFE:
                LOGGER.info("%s %r: %s", scope["method"], scope["path"], message["status"])
        await send(message)

    return sending


def _check_length(header: str | None, limit: int) -> None:
    if header is not None and (not header.isdigit() or int(header) > limit):
        raise _too_large(limit)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body of the request is too large: at most {limit:,} bytes are taken here.")


def _is_page(connection: HTTPConnection) -> bool:
    """Return whether a person's browser asks for a page."""
    wants = connection.scope["method"] == "GET" and "text/html" in connection.headers.get("accept", "")
    return wants and not connection.scope["path"].startswith(f"{connection.scope.get('root_path', '')}/api/")
