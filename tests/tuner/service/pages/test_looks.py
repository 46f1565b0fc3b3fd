"""Each page at two widths, light and dark: axe-core finds nothing, nothing overflows, the keyboard reaches all."""

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from keras_search.tuner.study.folder import StudyFolder

if TYPE_CHECKING:
    from playwright.sync_api import Page

OpenPage = Callable[..., "Page"]
LOOKS = [
    (1280, "light"),
    pytest.param(400, "dark", marks=pytest.mark.slow),
    pytest.param(1280, "dark", marks=pytest.mark.slow),
    pytest.param(400, "light", marks=pytest.mark.slow),
]
PAGES = {
    "studies": "/",
    "new": "/new",
    "study": "/studies/banded",
    "trial": "/studies/banded/trials/i1-b2-r0-00",
    "try": "/studies/banded/try",
    "compare": "/compare?name=banded&name=plain",
    "trash": "/trash",
    "tokens": "/tokens",
    "missing": "/studies/nothing",
}


@pytest.fixture(scope="module")
def studies(server: Any, make_study: Callable[..., StudyFolder]) -> None:
    """Put a finished study of Hyperband and one of random search into the service."""
    for name, shape in (("banded", {"trials": 40, "tuner": "hyperband"}), ("plain", {"trials": 40})):
        shutil.copytree(make_study(**shape).root, server.home / "studies" / name)


@pytest.mark.usefixtures("studies")
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_in_every_look(
    open_page: OpenPage, check_look: Callable[["Page", str], None], name: str, width: int, scheme: str
) -> None:
    page = open_page(PAGES[name], width, scheme)
    wait_until_drawn(page)
    check_look(page, f"{name}-{scheme}")


def wait_until_drawn(page: "Page") -> None:
    """Wait for what a page fetches."""
    for chart in page.locator(".chart").all():
        chart.locator("svg.main-svg, p").first.wait_for()
    if page.locator("#trials-window").count():
        page.locator("#trials-window td a").first.wait_for()
    for spinner in page.locator(".spinner").all():
        spinner.wait_for(state="detached")
