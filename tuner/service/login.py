"""Find out who sends a request: by `Authorization: Bearer` or by the cookie of a session."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from keras_search.tuner.service.context import Service
from keras_search.tuner.service.permissions import Permission
from keras_search.tuner.service.problems import Refused
from keras_search.tuner.service.tokens import SESSION_SECONDS

LOGIN = "/login"


def cookie_name(service: Service) -> str:
    """Return the name of the cookie, with the port: services of one machine share their cookies."""
    return f"keras-search-{service.address.port}"


def session_of(connection: HTTPConnection, service: Service) -> str | None:
    """Return the session's secret in the cookie of a request."""
    return connection.cookies.get(cookie_name(service))


def granted(connection: HTTPConnection, service: Service) -> Permission | None:
    """Return what the sender of a request may do; None if it is not signed in.

    Raises:
        Refused: its token is wrong, or its address has sent too many that were.
    """
    header = connection.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Refused(401, "Expected Authorization: Bearer TOKEN.")
        return tried(connection, service, token.strip())
    session = session_of(connection, service)
    return None if session is None else service.tokens.granted_by_session(session)


def tried(connection: HTTPConnection, service: Service, token: str) -> Permission:
    """Return what a token allows, and count the wrong ones of each address.

    Raises:
        Refused: it is wrong (401), or the address has to wait (429).
    """
    address = address_of(connection)
    service.throttle.check(address)
    permission = service.tokens.granted_by_token(token)
    if permission is None:
        service.throttle.failed(address)
        raise Refused(401, f"The token is wrong. The right one is in {service.tokens.place}.")
    service.throttle.passed(address)
    return permission


def address_of(connection: HTTPConnection) -> str:
    """Return the network address that a request came from."""
    return connection.client.host if connection.client else "unknown"


def sign_in(connection: HTTPConnection, service: Service, token: str, response: Response) -> Permission:
    """Begin a session with a token, and set its cookie.

    Raises:
        Refused: the token is wrong.
    """
    permission = tried(connection, service, token)
    response.set_cookie(
        cookie_name(service),
        service.tokens.begin_session(token),
        max_age=int(SESSION_SECONDS),
        path=service.address.root_path or "/",
        secure=connection.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return permission


def sign_out(connection: HTTPConnection, service: Service, response: Response) -> None:
    """End the session of a request, and take its cookie back."""
    session = session_of(connection, service)
    if session is not None:
        service.tokens.end_session(session)
    response.delete_cookie(cookie_name(service), path=service.address.root_path or "/")
