"""Sign in by a link, a form, JSON and a header; sign out; wrong tokens wait."""

from typing import Any

import httpx
import pytest

from keras_search.tuner.service.routes.signing_in import local


def test_a_header_signs_in(server: Any) -> None:
    with server.client() as client:
        assert client.get("/api/v1/me").json() == {"permission": "write"}
    with server.client(server.read_token) as client:
        assert client.get("/api/v1/me").json() == {"permission": "read"}


def test_a_link_becomes_a_strict_cookie_and_a_page_that_leads_on(server: Any) -> None:
    with server.client("") as client:
        answer = client.get("/login", params={"token": server.token, "next": "/studies/digits"})
        assert answer.status_code == 200
        assert 'content="0; url=/studies/digits"' in answer.text
        assert server.token not in answer.text
        cookie = answer.headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/"))
        assert server.token not in cookie
        assert client.get("/api/v1/me").json() == {"permission": "write"}


def test_the_form_leads_to_the_page_that_was_asked_for(server: Any) -> None:
    with server.client("") as client:
        answer = client.post("/login?next=/studies/digits", data={"token": server.read_token})
        assert (answer.status_code, answer.headers["location"]) == (303, "/studies/digits")
        assert client.get("/api/v1/me").json() == {"permission": "read"}


def test_signing_out_ends_the_session(server: Any) -> None:
    with server.client("") as client:
        client.post("/api/v1/login", json={"token": server.token})
        before = dict(client.cookies)
        assert client.post("/api/v1/logout", headers={"Origin": server.url}).status_code == 204
        assert not client.cookies
        client.cookies.update(before)
        assert client.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "//elsewhere.example",
        "https://elsewhere.example",
        "/\\elsewhere.example",
        "studies",
        "",
        "/\telsewhere",
        "/login",
    ],
)
def test_the_login_leads_to_no_other_site(path: str) -> None:
    assert local(path, "") == "/"


def test_a_browser_that_is_not_signed_in_is_led_to_the_login(server: Any) -> None:
    answer = httpx.get(f"{server.url}/studies/digits?sort=score", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fstudies%2Fdigits%3Fsort%3Dscore")


def test_the_form_is_accepted_as_browsers_send_it(server: Any) -> None:
    """Without a referrer a browser says `Origin: null`; over plain http it sends no Sec-Fetch-Site beyond loopback."""
    with server.client("") as client:
        page = client.get("/login")
        assert page.headers["referrer-policy"] == "same-origin"
        assert client.get("/login", params={"token": server.token}).headers["referrer-policy"] == "no-referrer"
        client.cookies.clear()
        for headers in ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, {"Origin": server.url}):
            assert client.post("/login", data={"token": server.token}, headers=headers).status_code == 303
        for headers in ({"Origin": "null"}, {"Origin": server.url, "Sec-Fetch-Site": "same-site"}):
            assert client.post("/login", data={"token": server.token}, headers=headers).status_code == 403
