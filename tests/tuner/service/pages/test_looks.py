"""Each page at two widths, light and dark: axe-core finds nothing, nothing overflows, the keyboard reaches all."""

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from keras_search.tuner.study.folder import StudyFolder

if TYPE_CHECKING:
    from playwright.sync_api import Page

OpenPage = Callable[..., "Page"]
OTHER_LOOKS = ((400, "dark"), (1280, "dark"), (400, "light"))
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
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole(open_page: OpenPage, check_look: Callable[["Page", str], None], name: str) -> None:
    page = open_page(PAGES[name])
    wait_until_drawn(page)
    check_look(page, f"{name}-light")


@pytest.mark.slow
@pytest.mark.usefixtures("studies")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_in_every_other_look(
    open_page: OpenPage, check_look: Callable[["Page", str], None], name: str
) -> None:
    """Loaded anew for each, by a browser that has kept the scripts."""
    page = open_page(PAGES[name])
    for width, scheme in OTHER_LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.reload()
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
