"""A real browser on a real service."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60_000
"""Milliseconds to wait for what comes at once on an idle machine."""
SHOTS = os.environ.get("KERAS_SEARCH_SHOTS")
"""A folder for a picture of each page that is looked at; none by default."""
NOT_OURS = ("Failed to load resource", "Blocked script execution")
"""What the console may say: refusals that a test asks for, a report's own scripts."""

OpenPage = Callable[..., "Page"]
CheckLook = Callable[["Page", str], None]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Give a headless Chromium for one module: its event loop would be in the way of tests of async code."""
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt-get install chromium, or name one in CHROMIUM")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: "Browser", server: Any) -> Iterator[OpenPage]:
    """Give a function that opens a page of the service, signed in with a token: `open_page("/new", width=400)`.

    What goes wrong in a page's own code fails the test.
    """
    contexts, wrong = [], []

    def open_one(path: str = "/", width: int = 1280, scheme: str = "light", token: str | None = None) -> "Page":
        context = browser.new_context(
            base_url=server.url, viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        token = server.token if token is None else token
        if token:
            sent = context.request.post("/api/v1/login", data={"token": token}, headers={"Origin": server.url})
            assert sent.ok, sent.text()
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert [text for text in wrong if not text.startswith(NOT_OURS)] == []


@pytest.fixture(scope="session")
def check_look() -> CheckLook:
    """Give a function that makes sure that axe-core finds nothing on a page, and nothing reaches beyond its sides."""

    def check(page: "Page", name: str) -> None:
        from axe_playwright_python.sync_playwright import Axe

        if SHOTS:
            size = page.viewport_size or {"width": 0}
            page.screenshot(path=Path(SHOTS) / f"{name}-{size['width']}.png", full_page=True)
        found = Axe().run(page).response["violations"]
        assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0

    return check
