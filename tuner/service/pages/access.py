"""The pages of signing in and of sharing."""

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse

from keras_search.tuner.service.context import ServiceOf, service_of
from keras_search.tuner.service.headers import FORM
from keras_search.tuner.service.pages.rendering import RendererOf, page_router, renderer_of
from keras_search.tuner.service.permissions import READ

router = page_router()


def sign_in_page(
    connection: HTTPConnection, there: str, problem: str = "", status: int = 200, headers: dict[str, str] | None = None
) -> HTMLResponse:
    """Return the page to sign in on, which leads to another; `problem` says why the last attempt failed."""
    place = service_of(connection).tokens.place
    page = renderer_of(connection).page("login", "Sign in", status=status, next=there, problem=problem, place=place)
    page.headers.update({**FORM, **(headers or {})})
    return page


@router.get("/tokens", dependencies=[READ])
def tokens_page(renderer: RendererOf, service: ServiceOf) -> HTMLResponse:
    """Show the read-only tokens."""
    renderer.need_full_token()
    return renderer.page("tokens", "Sharing", "tokens.js", tokens=service.tokens.shared())
