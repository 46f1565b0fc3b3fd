"""The middleware around all routes: who may do what is decided here, before a body is read."""

import logging
import time
from collections.abc import Iterable
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keras_search.errors import KerasSearchError
from keras_search.tuner.service import permissions
from keras_search.tuner.service.bodies import PUBLIC, BodyLimit, check_length, limited
from keras_search.tuner.service.context import Service
from keras_search.tuner.service.headers import add_security_headers
from keras_search.tuner.service.hosts import SAFE, check_host, check_source, is_loopback, names_of_host
from keras_search.tuner.service.login import LOGIN, granted, session_of
from keras_search.tuner.service.pages.errors import answer, asks_for_page
from keras_search.tuner.service.permissions import SENDER, Permission
from keras_search.tuner.service.problems import Refused, headers_of, problem_of

LOGGER = logging.getLogger("keras_search.service")
RECHECK = 10.0
"""Seconds after which an answer that goes on checks the permission of its sender again."""
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
        await self._app(scope, limited(receive, limit), self._while_allowed(scope, protected))

    def _rooted(self, scope: Scope) -> Scope:
        """Return a scope with the root path, whether the proxy has left it in the path or taken it away."""
        root, path = self._service.address.root_path, scope["path"]
        full = path if not root or path == root or path.startswith(f"{root}/") else root + path
        return {**scope, "root_path": root, "path": full}

    def _admitted(self, connection: HTTPConnection) -> BodyLimit:
        """Decide on a request, and return the limit of its body.

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
        limit = PUBLIC if needed is None else self._body_limit(route)
        check_length(headers.get("content-length"), limit)
        return limit

    def _body_limit(self, route: BaseRoute | None) -> BodyLimit:
        """Return the limit of a body whose sender is signed in."""
        limits = self._service.limits
        return BodyLimit(limits.upload if route is not None and permissions.takes_uploads(route) else limits.body)

    def _route(self, scope: Scope) -> BaseRoute | None:
        """Return the route that will handle a request, None if no route takes it."""
        return next((route for route in self._routes if route.matches(scope)[0] is Match.FULL), None)

    def _refusal(self, connection: HTTPConnection, error: KerasSearchError) -> Response:
        """Return the answer to a request that is refused; a browser that is not signed in is led to the login."""
        problem, path = problem_of(error), connection.scope["path"]
        LOGGER.info("%s %r refused: %s", connection.scope["method"], path, problem.status)
        if problem.status != 401 or not asks_for_page(connection):
            return answer(self._service, connection, problem, headers_of(error))
        if connection.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            # The cookie is not sent along a link from elsewhere; it is when our own page asks.
            return HTMLResponse(AGAIN)
        query = connection.scope["query_string"].decode("latin-1")
        there = urlencode({"next": path + (f"?{query}" if query else "")})
        return RedirectResponse(f"{self._service.address.root_path}{LOGIN}?{there}", 303)

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
