"""Errors as answers, answers that go on, and the document of the API."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from markupsafe import escape
from starlette.types import Message, Receive, Scope, Send

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.service import guarding
from keras_search.tuner.service.command import make_address, make_limits, make_places
from keras_search.tuner.service.context import Service
from keras_search.tuner.service.guarding import Guard
from keras_search.tuner.service.permissions import READ
from keras_search.tuner.service.problems import Conflict, Refused, TooLarge, UnknownName, add_handlers
from keras_search.tuner.service.serving import claim, make_service
from keras_search.tuner.service.tokens import MainToken
from keras_search.tuner.study.database import StudyInUseError


@pytest.fixture
def service(tmp_path: Path) -> Any:
    """Give a service that is put together but not served."""
    folders = [tmp_path / name for name in ("studies", "reports", "exports", "data", "models")]
    places = make_places(*folders)
    lock = claim(places)
    address = make_address("127.0.0.1", 1, "/", [], False)
    made = make_service(places, make_limits(1, "auto", "1GB"), address, MainToken("x" * 16))
    yield made
    made.database.close()
    lock.release()


ERRORS = [
    (UnknownName("No such."), 404, "No such."),
    (UsageError("Wrong."), 422, "Wrong."),
    (Conflict("Not now."), 409, "Not now."),
    (StudyInUseError("It is in use."), 409, "It is in use."),
    (TooLarge("Too much."), 413, "Too much."),
    (Refused(429, "Wait.", 2.5), 429, "Wait."),
    (KerasSearchError("It failed."), 500, "It failed."),
    (OSError(28, "No space left on device"), 500, "The system does not allow it: No space left on device."),
    (ValueError("a secret"), 500, "Error in the service itself (ValueError): its output has the traceback."),
]


@pytest.mark.parametrize(("error", "status", "detail"), ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_is_a_problem(error: Exception, status: int, detail: str) -> None:
    app = FastAPI()
    add_handlers(app)

    def failing() -> None:
        raise error

    app.add_api_route("/", failing)
    answer = asyncio.run(asked(app))
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    found = answer.json()
    assert (found["type"], found["status"], found["detail"]) == ("about:blank", status, detail)
    assert answer.headers.get("retry-after") == ("3" if status == 429 else None)


async def asked(app: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.get("/")


def test_a_stream_ends_when_its_token_is_withdrawn(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "RECHECK", -1.0)
    shared, token = service.tokens.share("guest")
    router = APIRouter()
    router.add_api_route("/stream", lambda: None, dependencies=[READ])

    async def streaming(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(6):
            if number == 3:
                service.tokens.withdraw(shared.id)
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})

    sent = asyncio.run(messages(Guard(streaming, service, router.routes), token))
    bodies = [(message["body"], message["more_body"]) for message in sent[1:]]
    assert bodies == [(b"0", True), (b"1", True), (b"2", True), (b"", False)]


async def messages(app: Guard, token: str) -> list[Message]:
    """Send a request to an app, and return the messages of its answer."""
    found: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        found.append(message)

    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "http", "method": "GET", "path": "/stream", "query_string": b"", "headers": headers,
             "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1), "scheme": "http"}  # fmt: skip
    await app(scope, receive, send)
    return found


PLACES = ["/nothing", "/studies/none", "/?offset=-1", "/studies/x/y/z"]


@pytest.mark.parametrize("place", PLACES)
def test_a_browser_gets_a_page_of_what_is_wrong_and_a_program_json(client: httpx.Client, place: str) -> None:
    page = client.get(place, headers={"Accept": "text/html,*/*"})
    problem = client.get(place, headers={"Accept": "application/json"})
    assert page.status_code == problem.status_code == problem.json()["status"] in (404, 422)
    assert escape(problem.json()["detail"]) in page.text
    assert "To the studies" in page.text
    assert client.get(f"/api/v1{place}", headers={"Accept": "text/html"}).json()["status"] in (404, 405, 422)


def test_a_value_that_does_not_fit_is_told_in_our_words(client: httpx.Client) -> None:
    problem = client.post("/api/v1/studies", json={"name": "x" * 3000}).json()
    assert problem["expected"] == "at most 100 characters"
    assert problem["detail"].startswith("name: expected at most 100 characters, received 'xxx")
    assert problem["detail"].endswith("x\N{HORIZONTAL ELLIPSIS}'.")


def test_a_browser_that_asks_for_another_host_gets_a_page(server: Any) -> None:
    answer = httpx.get(server.url, headers={"Host": "elsewhere.example", "Accept": "text/html"})
    assert answer.status_code == 421
    assert "--allow-host" in answer.text
    assert "Sign out" not in answer.text


def test_the_document_names_errors_and_tokens(client: httpx.Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    assert all({"4XX", "5XX"} <= set(each["responses"]) and "422" not in each["responses"] for each in operations)
    assert document["paths"]["/healthz"]["get"]["security"] == []
    assert document["paths"]["/api/v1/jobs"]["get"]["security"] == [{"token": []}]
    assert "HTTPValidationError" not in str(document)
