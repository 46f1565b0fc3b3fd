"""Render a page: the templates, what every one of them knows, and the pages that tell an error."""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse

from keras_search.tuner.service.context import Service, service_of
from keras_search.tuner.service.pages import assets, words
from keras_search.tuner.service.permissions import SENDER, Permission
from keras_search.tuner.service.problems import Refused

TEMPLATES = Path(__file__).parent.parent / "templates"
READ_ONLY = "You are signed in with a read-only token, which shows everything and changes nothing."


@dataclass(frozen=True)
class Renderer:
    """What all pages of one request have in common: the root path, the page that it is for, who asks."""

    root: str
    here: str
    signed_in: bool
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
            "signed_in": self.signed_in,
            "can_write": self.can_write,
            "modules": modules,
            "charts": False,
            "style_ids": assets.style_ids,
            "version": version("keras-search"),
        }
        return HTMLResponse(environment().get_template(f"{template}.html.j2").render(common | values), status)

    def need_full_token(self) -> None:
        """Make sure that the sender may change things.

        Raises:
            Refused: it may only read.
        """
        if not self.can_write:
            raise Refused(403, f"{READ_ONLY} Sign out, and in again with the full token.")


def renderer_of(connection: HTTPConnection) -> Renderer:
    """Return the renderer for a request."""
    return renderer_for(service_of(connection), connection)


def renderer_for(service: Service, connection: HTTPConnection) -> Renderer:
    """Return the renderer for a request, also for one that no route has seen."""
    root, granted = service.address.root_path, connection.scope.get(SENDER)
    here = connection.scope["path"].removeprefix(root)
    return Renderer(root, here, granted is not None, granted is Permission.WRITE)


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


def page_router() -> APIRouter:
    """Return a router for pages."""
    return APIRouter(include_in_schema=False)
