"""Who may use a route: each declares `READ`, `WRITE` or `PUBLIC` among its dependencies, or is refused.

The middleware (`guarding`) decides before a body is read; the dependencies check once more, in case a route is reached
in another way.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Annotated, Any

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute

from keras_search.errors import KerasSearchError
from keras_search.tuner.service.problems import Refused

SENDER = "keras_search.sender"
"""The key of a request's scope under which the middleware puts the `Sender`."""


class Permission(Enum):
    """What a token allows: to see everything, or to change it too."""

    READ = "read"
    WRITE = "write"


def _read(connection: HTTPConnection) -> None:
    check(Permission.READ, connection.scope.get(SENDER))


def _write(connection: HTTPConnection) -> None:
    check(Permission.WRITE, connection.scope.get(SENDER))


def _public() -> None:
    """Let everybody in."""


def _large() -> None:
    """Mark a route whose body may be as large as an upload."""


READ: Any = Depends(_read)
"""For a route that shows something: either token."""
WRITE: Any = Depends(_write)
"""For a route that changes something: the full token only."""
PUBLIC: Any = Depends(_public)
"""For a route that needs no token."""
UPLOAD: Any = Depends(_large)
"""Beside `WRITE`: the body may be as large as `--max-upload`, and the handler streams it."""

_NEEDS: dict[Any, Permission | None] = {_read: Permission.READ, _write: Permission.WRITE, _public: None}


def check(needed: Permission | None, granted: Permission | None) -> None:
    """Make sure that what was granted covers what is needed.

    Raises:
        Refused: it does not.
    """
    if needed is None or granted is Permission.WRITE or needed is granted:
        return
    if granted is None:
        raise Refused(401, "Not signed in: expected a token. Sign in at /login, or send Authorization: Bearer TOKEN.")
    raise Refused(403, "The read-only token shows everything and changes nothing: sign in with the full token.")


def needed_by(route: BaseRoute) -> Permission | None:
    """Return what a route declares that it needs; None if it is public.

    Raises:
        KerasSearchError: it declares nothing, or more than one.
    """
    declared = [each for each in _dependencies(route) if each in _NEEDS]
    if len(declared) != 1:
        path = getattr(route, "path", route)
        raise KerasSearchError(f"The route {path} declares {len(declared)} of READ, WRITE and PUBLIC: expected one.")
    return _NEEDS[declared[0]]


def takes_uploads(route: BaseRoute) -> bool:
    """Return whether a route's body may be as large as an upload."""
    return _large in _dependencies(route)


def check_routes(routes: Iterable[BaseRoute]) -> None:
    """Make sure that every route declares who may use it.

    Raises:
        KerasSearchError: one does not.
    """
    for route in routes:
        needed_by(route)


def _dependencies(route: BaseRoute) -> list[Any]:
    return [each.dependency for each in route.dependencies] if isinstance(route, APIRoute) else []


def granted_to(connection: HTTPConnection) -> Permission:
    """Return what the sender of a request may do, in a route that is not public."""
    granted = connection.scope.get(SENDER)
    assert isinstance(granted, Permission)
    return granted


Granted = Annotated[Permission, Depends(granted_to)]
"""The parameter of a handler that asks what its sender may do."""
