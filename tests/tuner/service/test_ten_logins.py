"""Ten wrong logins are slowed down, and no token is in the log at any level."""

from collections.abc import Iterator
from typing import Any

import pytest

LOG_EVERYTHING = """
import logging
logging.basicConfig(level=1)
for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
    logging.getLogger(name).setLevel(1)
"""


@pytest.fixture(scope="module")
def talkative(make_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give a service in which every logger logs everything."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(LOG_EVERYTHING)
    server = make_server(environment={"PYTHONPATH": str(folder)}).start()
    yield server
    server.end_all()


def test_ten_wrong_logins_are_slowed_down_and_not_logged(talkative: Any) -> None:
    wrong = {"token": "a-wrong-token-of-somebody"}
    with talkative.client() as client:
        shared = client.post("/api/v1/tokens", json={"label": "x"}).json()["token"]
        assert client.get("/login", params={"token": talkative.token}).status_code == 200
        assert client.get("/api/v1/unknown", params={"token": talkative.token}).status_code == 404
    with talkative.client("") as client:
        answers = [client.post("/api/v1/login", json=wrong) for _ in range(5)]
        answers += [client.get("/api/v1/me", headers={"Authorization": f"Bearer {wrong['token']}"}) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 5
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert "Too many wrong tokens: try again in" in answers[-1].json()["detail"]
        assert client.post("/api/v1/login", json={"token": talkative.token}).status_code == 429
    assert "DEBUG:asyncio" in talkative.log
    assert "POST '/api/v1/login'" in talkative.log
    for secret in (talkative.token, shared, wrong["token"]):
        assert secret not in talkative.log


def test_the_right_token_forgives_the_wrong_ones(make_server: Any) -> None:
    server = make_server().start()
    try:
        with server.client("") as client:
            for _ in range(3):
                codes = [client.post("/api/v1/login", json={"token": "wrong"}).status_code for _ in range(4)]
                assert codes == [401] * 4
                assert client.post("/api/v1/login", json={"token": server.token}).status_code == 200
    finally:
        server.end_all()
