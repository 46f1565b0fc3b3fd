"""Sign in with a token, by a link, a form or JSON, and sign out."""

from html import escape
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from keras_search.tuner.service.answers import Body
from keras_search.tuner.service.context import Service, ServiceOf
from keras_search.tuner.service.login import LOGIN, sign_in, sign_out
from keras_search.tuner.service.pages.access import sign_in_page
from keras_search.tuner.service.permissions import PUBLIC, READ
from keras_search.tuner.service.problems import Refused, headers_of
from keras_search.tuner.service.routes.me import Me

router = APIRouter(tags=["service"])
_SIGNED_IN = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={there}"><title>Signed in</title>
<p>Signed in. <a href="{there}">Go on</a></p>
"""


class Login(Body):
    """The token to sign in with."""

    token: str


@router.get(LOGIN, dependencies=[PUBLIC], include_in_schema=False)
def login_page(request: Request, service: ServiceOf, token: str | None = None, next: str = "/") -> Response:
    """Show the form, or sign in by the token of a link.

    The page that answers a link leads on by itself: the cookie is strict, so a redirect would not carry it if the link
    was followed from another site.
    """
    there = service.address.root_path + local(next, service.address.root_path)
    if token is None:
        return sign_in_page(request, local(next, service.address.root_path))
    response = HTMLResponse(_SIGNED_IN.format(there=escape(there)))
    try:
        sign_in(request, service, token, response)
    except Refused as error:
        return _refused(request, service, next, error)
    return response


@router.post(LOGIN, dependencies=[PUBLIC], include_in_schema=False)
async def login_by_form(request: Request, service: ServiceOf, next: str = "/") -> Response:
    """Sign in by the form of the page, and show the page that was asked for."""
    fields = parse_qs((await request.body()).decode("utf-8", "replace"))
    root = service.address.root_path
    response = RedirectResponse(root + local(next, root), 303)
    try:
        sign_in(request, service, fields.get("token", [""])[0].strip(), response)
    except Refused as error:
        return _refused(request, service, next, error)
    return response


@router.post("/api/v1/login", dependencies=[PUBLIC])
def login(body: Login, request: Request, service: ServiceOf, response: Response) -> Me:
    """Sign in: the answer sets a cookie."""
    return Me(permission=sign_in(request, service, body.token, response))


@router.post("/api/v1/logout", dependencies=[READ], status_code=204)
def logout(request: Request, service: ServiceOf, response: Response) -> None:
    """Sign out: the session ends and the cookie goes."""
    sign_out(request, service, response)


def local(path: str, root: str) -> str:
    """Return the path to go to after the login, without the root; the first page instead of one elsewhere.

    >>> local("/studies/digits?sort=score", ""), local("//elsewhere.example", "")
    ('/studies/digits?sort=score', '/')
    """
    if not path.isascii() or not path.isprintable() or "\\" in path or not path.startswith("/"):
        return "/"
    inside = path.removeprefix(root) if root and path.startswith(f"{root}/") else path
    return "/" if inside.startswith("//") or inside.startswith(LOGIN) else inside


def _refused(request: Request, service: Service, there: str, error: Refused) -> Response:
    """Show the form again, with what was wrong."""
    inside = local(there, service.address.root_path)
    waits = {name: value for name, value in headers_of(error).items() if name == "Retry-After"}
    return sign_in_page(request, inside, str(error), error.status, waits)
