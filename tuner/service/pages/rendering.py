"""Render a page: the templates, what every one of them knows, and the pages that tell an error."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response

from keras_search.errors import KerasSearchError
from keras_search.tuner.service.context import service_of
from keras_search.tuner.service.pages import assets, words
from keras_search.tuner.service.permissions import SENDER, Permission
from keras_search.tuner.service.problems import Refused, status_of

TEMPLATES = Path(__file__).parent.parent / "templates"
READ_ONLY = "You are signed in with a read-only token, which shows everything and changes nothing."
_TITLES = {403: "Not allowed", 404: "Not found", 409: "Not possible now", 422: "That cannot be shown"}


@dataclass(frozen=True)
class Renderer:
    """What all pages of one request have in common: the root path, the page that it is for, who asks."""

    root: str
    here: str
    can_write: bool

    def url(self, path: str) -> str:
        """Return the address of a page."""
        return f"{self.root}{path}"

    def static(self, name: str) -> str:
        """Return the address of a file that pages load."""
        return f"{self.root}/static/{assets.digest_of_all()}/{name}"

    def page(self, template: str, title: str, *modules: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Render a template, which loads ES modules, with values of its own.

        Names and texts of users are escaped; none of them may be marked as safe.
        """
        common: dict[str, Any] = {
            "title": title,
            "root": self.root,
            "url": self.url,
            "static": self.static,
            "here": self.here,
            "can_write": self.can_write,
            "modules": modules,
            "charts": False,
            "version": version("keras-search"),
        }
        return HTMLResponse(environment().get_template(f"{template}.html.j2").render(common | values), status)

    def message(self, title: str, text: str, status: int = 200) -> HTMLResponse:
        """Render a page that only tells something."""
        return self.page("message", title, status=status, text=text)

    def need_full_token(self) -> None:
        """Make sure that the sender may change things.

        Raises:
            Refused: it may only read.
        """
        if not self.can_write:
            raise Refused(403, f"{READ_ONLY} Sign out, and in again with the full token.")


def renderer_of(connection: HTTPConnection) -> Renderer:
    """Return the renderer for a request."""
    root = service_of(connection).address.root_path
    granted = connection.scope.get(SENDER)
    return Renderer(root, connection.scope["path"].removeprefix(root), granted is Permission.WRITE)


RendererOf = Annotated[Renderer, Depends(renderer_of)]
"""The parameter of a handler that receives the renderer."""


@cache
def environment() -> Environment:
    """Return Jinja's environment with our filters."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    names = ("ago", "duration", "exact", "iso", "size", "score", "plain", "field_text", "certificate")
    made.filters.update({name: getattr(words, name) for name in names})
    return made


class PageRoute(APIRoute):
    """A route whose errors are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except KerasSearchError as error:
                status = status_of(error)
                title = _TITLES.get(status, "It could not be done")
                return renderer_of(request).message(title, str(error), status)

        return handled


def page_router() -> APIRouter:
    """Return a router for pages."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)
