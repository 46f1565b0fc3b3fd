"""Sign in and out in a browser, and share what one sees."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

OpenPage = Callable[..., "Page"]


def test_a_wrong_token_is_told_beside_the_field(open_page: OpenPage, server: Any) -> None:
    page = open_page("/tokens", token="")
    assert page.title().startswith("Sign in")
    page.get_by_label("Token").fill("not-the-token")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").filter(has_text="The token is wrong").wait_for()
    assert page.get_by_label("Token").get_attribute("aria-invalid") == "true"
    page.get_by_label("Token").fill(server.token)
    page.keyboard.press("Enter")
    page.wait_for_url("**/tokens")


def test_a_link_signs_in_and_leaves_the_address_bar(open_page: OpenPage, server: Any) -> None:
    page = open_page(f"/login?token={server.token}&next=/trash", token="")
    page.get_by_role("heading", name="Trash").wait_for()
    assert server.token not in page.content()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")


def test_a_shared_token_is_shown_once_and_can_be_taken_back(open_page: OpenPage) -> None:
    page = open_page("/tokens")
    page.get_by_label("For whom").fill("<b>Ada</b> & the screen")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("dialog").wait_for()
    secret = page.get_by_label("Token, for programs").input_value()
    page.get_by_role("button", name="Done").click()
    assert secret not in page.content()
    reader = open_page("/", token=secret)
    assert reader.get_by_text("Read only").is_visible()
    assert reader.get_by_role("link", name="New search").count() == 0
    reader.goto("/new")
    assert reader.get_by_role("heading", name="Not allowed").is_visible()
    row = page.get_by_role("row", name="Ada")
    row.get_by_role("button", name="Take back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take back").click()
    row.wait_for(state="detached")
    reader.goto("/")
    reader.wait_for_url("**/login?**")


@pytest.mark.parametrize("width", [1280, 400])
def test_the_keyboard_alone_opens_and_leaves_a_dialog(open_page: OpenPage, width: int) -> None:
    page = open_page("/tokens", width)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(f"Grace {width}")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("row", name=f"Grace {width}").wait_for()
    assert page.get_by_role("dialog").count() == 0
