"""Every route of the document, and who is refused: without a token, with the read-only one, from elsewhere."""

import asyncio
import re
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.types import Message

from keras_search.errors import KerasSearchError
from keras_search.tuner.service.bodies import BodyLimit, limited
from keras_search.tuner.service.permissions import PUBLIC, READ, WRITE, check_routes
from keras_search.tuner.service.throttle import FREE, Throttle

OPEN = {"/healthz", "/api/v1/login"}
ASKING = {
    "/api/v1/logout", "/api/v1/estimate", "/api/v1/data/inspect", "/api/v1/studies/{name}/predict",
}  # fmt: skip
"""Routes of unsafe methods that the read-only token may use, as they change nothing."""
WRITE_TO_SEE = {"/api/v1/tokens"}
ELSEWHERE = {"Origin": "https://elsewhere.example"}


@pytest.fixture(scope="module")
def routes(server: Any) -> list[tuple[str, str]]:
    """Give the method and the path of every route in the document."""
    with server.client() as client:
        paths = client.get("/api/v1/openapi.json").json()["paths"]
    found = [(method.upper(), path) for path, methods in paths.items() for method in methods]
    assert len(found) > 20
    return found


def asked(client: httpx.Client, routes: list[tuple[str, str]], **headers: str) -> Iterator[tuple[str, str, int]]:
    for method, path in routes:
        answer = client.request(method, re.sub(r"\{[^}]*\}", "x", path), headers=headers)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        yield method, path, answer.status_code


def test_no_route_answers_without_a_token(server: Any, routes: list[tuple[str, str]]) -> None:
    with server.client("") as client:
        others = [(method, path) for method, path in routes if path not in OPEN]
        assert {status for _, _, status in asked(client, others)} == {401}
        assert client.get("/api/v1/unknown").status_code == 401
        assert client.get("/healthz").status_code == 200


def test_the_read_only_token_changes_nothing(server: Any, routes: list[tuple[str, str]]) -> None:
    changing = [each for each in routes if each[0] != "GET" and each[1] not in ASKING | OPEN]
    with server.client(server.read_token) as client:
        assert {status for _, _, status in asked(client, changing)} == {403}
        shown = [each for each in routes if each[0] == "GET" and "events" not in each[1]]
        for _, path, status in asked(client, shown):
            assert (status == 403) == (path in WRITE_TO_SEE), path
            assert status not in (401, 500), path


@pytest.mark.parametrize("host", ["elsewhere.org", "elsewhere.org:80", "127.0.0.1.elsewhere.example", "10.0.0.1"])
def test_a_name_that_is_not_ours_is_refused(server: Any, routes: list[tuple[str, str]], host: str) -> None:
    with server.client() as client:
        assert {status for _, _, status in asked(client, routes, Host=host)} == {421}


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8765", "localhost."])
def test_a_name_of_this_machine_is_accepted(server: Any, host: str) -> None:
    with server.client() as client:
        assert client.get("/api/v1/me", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_changes_nothing(
    server: Any, routes: list[tuple[str, str]], headers: dict[str, str]
) -> None:
    unsafe = [each for each in routes if each[0] != "GET"]
    with server.client() as client:
        assert {status for _, _, status in asked(client, unsafe, **headers)} == {403}


def test_another_sites_page_embeds_nothing_but_may_lead_here(server: Any, routes: list[tuple[str, str]]) -> None:
    with server.client() as client:
        shown = [each for each in routes if each[0] == "GET"]
        embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
        assert {status for _, _, status in asked(client, shown, **embedded)} == {403}
        followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        assert client.get("/api/v1/me", headers=followed).status_code == 200
        framed = {**followed, "Sec-Fetch-Dest": "iframe"}
        assert client.get("/api/v1/me", headers=framed).status_code == 403


def test_a_cookie_changes_something_only_from_our_pages(server: Any) -> None:
    with server.client("") as client:
        client.post("/api/v1/login", json={"token": server.token})
        label = {"json": {"label": "from a page"}}
        assert client.post("/api/v1/tokens", **label).status_code == 403
        assert client.post("/api/v1/tokens", headers=ELSEWHERE, **label).status_code == 403
        for headers in ({"Origin": server.url}, {"Sec-Fetch-Site": "same-origin"}):
            made = client.post("/api/v1/tokens", headers=headers, **label)
            assert made.status_code == 201
            assert client.delete(f"/api/v1/tokens/{made.json()['id']}", headers=headers).status_code == 204


def test_a_withdrawn_token_and_its_sessions_are_worthless(server: Any) -> None:
    with server.client() as owner, server.client("") as guest:
        made = owner.post("/api/v1/tokens", json={"label": "guest"}).json()
        assert made["token"] not in owner.get("/api/v1/tokens").text
        guest.post("/api/v1/login", json={"token": made["token"]})
        assert guest.get("/api/v1/me").json() == {"permission": "read"}
        assert owner.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
        assert guest.get("/api/v1/me").status_code == 401


def test_a_body_that_is_too_large_is_refused(server: Any) -> None:
    with server.client() as client:
        assert client.post("/api/v1/studies", content=b"x" * (17 * 2**20)).status_code == 413
        chunks = (b"x" * 2**20 for _ in range(17))
        assert client.post("/api/v1/studies", content=chunks).status_code == 413
    with server.client("") as client:
        assert client.post("/login", content=b"x" * 5000).status_code == 413


@pytest.mark.parametrize(
    ("pause", "limit"), [(60.0, BodyLimit(10, seconds=0.01)), (0.001, BodyLimit(10**9, all_seconds=0.05))]
)
def test_a_body_that_comes_too_slowly_is_given_up(pause: float, limit: BodyLimit) -> None:
    async def receive() -> Message:
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def read() -> None:
        receiving = limited(receive, limit)
        while True:
            await receiving()

    with pytest.raises(HTTPException, match="came too slowly") as error:
        asyncio.run(read())
    assert error.value.status_code == 408


def test_a_malformed_request_is_no_error_of_the_server(server: Any) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    for lines in ("GET / HTTP/1.1\r\n\r\n", "GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n", "nonsense\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(lines.encode())
            assert connection.recv(100).split(b" ")[1] in (b"400", b"421")


def undeclared() -> Any:
    router = APIRouter()
    router.add_api_route("/x", lambda: None)
    return router.routes


def twice_declared() -> Any:
    router = APIRouter()
    router.add_api_route("/x", lambda: None, dependencies=[PUBLIC, WRITE])
    return router.routes


@pytest.mark.parametrize("made", [undeclared, twice_declared, lambda: [Mount("/x", FastAPI())]])
def test_a_route_that_does_not_declare_who_may_use_it_stops_the_start(made: Any) -> None:
    with pytest.raises(KerasSearchError, match=r"The route /x declares . of READ, WRITE and PUBLIC: expected one"):
        check_routes(made())
    declared = APIRouter()
    declared.add_api_route("/x", lambda: None, dependencies=[READ])
    check_routes(declared.routes)


def test_wrong_tokens_wait_longer_each_time() -> None:
    clock = [0.0]
    throttle = Throttle(lambda: clock[0])
    waits = []
    for _ in range(FREE + 8):
        throttle.failed("192.0.2.1")
        waits.append(throttle.wait_of("192.0.2.1"))
    assert waits == [0.0] * (FREE - 1) + [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert throttle.wait_of("192.0.2.2") == 0
    clock[0] += 60
    assert throttle.wait_of("192.0.2.1") == 0
    throttle.passed("192.0.2.1")
    throttle.failed("192.0.2.1")
    assert throttle.wait_of("192.0.2.1") == 0


def test_a_network_of_version_6_is_one_sender() -> None:
    throttle = Throttle()
    for number in range(FREE):
        throttle.failed(f"2001:db8::{number:x}")
    assert throttle.wait_of("2001:db8::ffff") > 0
    assert throttle.wait_of("2001:db8:0:1::1") == 0
