"""What goes wrong, as a page where a browser asks for one, and as JSON for programs."""

from collections.abc import Mapping

from starlette.requests import HTTPConnection
from starlette.responses import Response

from keras_search.tuner.service.context import Service
from keras_search.tuner.service.pages.rendering import renderer_for
from keras_search.tuner.service.problems import Problem, as_json

TITLES = {409: "Not possible now", 422: "That cannot be shown"}
"""Where a page has another title than the problem."""


def answer(service: Service, connection: HTTPConnection, problem: Problem, headers: Mapping[str, str]) -> Response:
    """Return the answer to a request that ended in a problem."""
    if not asks_for_page(connection):
        return as_json(connection, problem, headers)
    title = TITLES.get(problem.status, problem.title)
    page = renderer_for(service, connection).page("message", title, status=problem.status, text=problem.detail)
    page.headers.update(headers)
    return page


def asks_for_page(connection: HTTPConnection) -> bool:
    """Return whether a person's browser asks for a page."""
    wants = connection.scope["method"] == "GET" and "text/html" in connection.headers.get("accept", "")
    return wants and not connection.scope["path"].startswith(f"{connection.scope.get('root_path', '')}/api/")
