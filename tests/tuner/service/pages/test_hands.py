"""What a person does beyond the first search: images from a zip, an estimate, the queue, a new name, more trials."""

import base64
import io
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from keras_search.benchmarks import large_study

if TYPE_CHECKING:
    from playwright.sync_api import Page

OpenPage = Callable[..., "Page"]
SEARCH = 300_000
"""Milliseconds that a search may take on a busy machine."""
DROP = """async ([type, content]) => {
    const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], "bar.png", { type }));
    document.querySelector("#drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
}"""


def picture(upright: bool) -> bytes:
    """Return a PNG of a bar."""
    pixels = np.random.default_rng(int(upright)).integers(0, 40, (12, 12), dtype=np.uint8)
    pixels[(slice(2, 10), slice(5, 7)) if upright else (slice(5, 7), slice(2, 10))] = 255
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, format="PNG")
    return content.getvalue()


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a zip with a folder of images for each of two classes."""
    path = tmp_path_factory.mktemp("images") / "bars.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for name, upright in (("lying", False), ("upright", True)):
            for number in range(20):
                packed.writestr(f"bars/{name}/{number}.png", picture(upright))
    return path


@pytest.mark.slow
def test_images_from_a_zip_become_a_model_that_is_renamed_and_extended(
    open_page: OpenPage, server: Any, bars: Path
) -> None:
    page = open_page("/new")
    page.get_by_label("Or upload a file").set_input_files(bars)
    page.locator("#inspection").get_by_text("40 examples").wait_for(timeout=SEARCH)
    fill_in(page, {"Max epochs": "1", "Max trials": "1", "Compare seeds": "1"})
    page.get_by_role("button", name="Estimate the time").click()
    page.locator("#estimated").get_by_text("most likely between").wait_for(timeout=SEARCH)
    page.get_by_role("button", name="Start the search").click()
    page.wait_for_url("**/studies/bars")
    order_the_queue(open_page("/", 400), server)
    page.get_by_role("link", name="Try it").first.click(timeout=SEARCH)
    page.get_by_role("button", name="Export the model").click()
    page.locator("#drop").wait_for(timeout=SEARCH)
    page.locator("html[data-ready]").wait_for(state="attached")
    page.evaluate(DROP, ["image/png", base64.b64encode(picture(upright=True)).decode()])
    page.locator("#answer .answer").filter(has_text="upright").or_(
        page.locator("#answer .answer").filter(has_text="lying")
    ).wait_for(timeout=SEARCH)
    rename(page, "bars", "sticks")
    extend(page)


def fill_in(page: "Page", values: dict[str, str]) -> None:
    """Choose the random tuner, and fill in fields of the form."""
    page.get_by_label("Tuner").select_option("random")
    for label, value in values.items():
        page.get_by_label(label).fill(value)


def order_the_queue(page: "Page", server: Any) -> None:
    """Put two searches behind the one that runs, move the second up, and take both out."""
    with server.client() as client:
        for name in ("second", "third"):
            client.post("/api/v1/studies", json={"name": name}).raise_for_status()
    waiting = page.locator("#queue li").filter(has_text="waiting")
    waiting.filter(has_text="third").get_by_text("At most one search runs at once").wait_for()
    page.get_by_role("button", name="Move third up").click()
    waiting.first.filter(has_text="third").wait_for()
    for name in ("third", "second"):
        page.get_by_role("button", name=f"Take {name} out of the queue").click()
        page.locator("#queue").get_by_text(name).wait_for(state="detached")


def rename(page: "Page", old: str, new: str) -> None:
    """Give the study another name: its page, report and export go with it."""
    page.get_by_role("link", name=f"← {old}").click()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("New name").fill(new)
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    page.wait_for_url(f"**/studies/{new}")
    assert page.get_by_role("link", name="model.keras").is_visible()


def extend(page: "Page") -> None:
    """Raise the number of trials of the study, which is done."""
    page.get_by_role("button", name="Extend").click()
    page.get_by_role("dialog").get_by_label("Max trials").fill("2")
    page.get_by_role("dialog").get_by_role("button", name="Extend").click()
    page.locator('[data-show="trials"]').filter(has_text="2 of 2").wait_for(timeout=SEARCH)
    page.locator("#head .mark").filter(has_text="done").wait_for(timeout=SEARCH)


def test_trials_are_fetched_as_they_scroll_into_sight_and_sorted(open_page: OpenPage, server: Any) -> None:
    large_study.create(server.home / "studies" / "many", 250)
    page = open_page("/studies/many")
    page.locator("#trials-count").filter(has_text="250 trials").wait_for()
    window = page.locator("#trials-window")
    page.get_by_role("button", name="trial", exact=True).click()
    window.get_by_role("link", name="00000").wait_for()
    assert window.get_by_role("row").count() < 70
    window.evaluate("(place) => (place.scrollTop = place.scrollHeight)")
    window.get_by_role("link", name="00249").wait_for()
    assert window.get_by_role("link", name="00000").count() == 0
    page.get_by_label("State").select_option("failed")
    page.locator("#trials-count").filter(has_text="5 trials match").wait_for()


def test_what_was_typed_is_there_after_going_back(open_page: OpenPage) -> None:
    page = open_page("/new")
    fill_in(page, {"Max trials": "7", "Name of the study": "typed"})
    page.get_by_role("link", name="Trash").click()
    page.go_back()
    page.get_by_text("What you filled in before is still here").wait_for()
    assert page.get_by_label("Max trials").input_value() == "7"
    assert "start typed --tuner random --max-trials 7" in page.locator("#command").inner_text()
    page.get_by_role("button", name="Start afresh").click()
    page.get_by_text("What you filled in before").wait_for(state="detached")
    assert page.get_by_label("Tuner").input_value() == "hyperband"


@pytest.mark.parametrize("listening", [True, False], ids=["listening", "before it listens"])
def test_a_study_that_is_renamed_elsewhere_takes_no_typed_text_along(
    open_page: OpenPage, server: Any, listening: bool
) -> None:
    """Neither while the page hears of it nor before, and what it says then stays."""
    name = f"old-{listening}"
    large_study.create(server.home / "studies" / name, 5)
    page = open_page("/")
    held: list[Any] = []
    if not listening:
        page.route("**/events*", lambda route: held.append(route))
    with page.expect_response("**/events*") if listening else nullcontext():
        page.goto(page.url + f"studies/{name}")
    page.locator("#trials-window").get_by_role("link", name="00000").wait_for()
    page.get_by_label("What you want to remember").fill("typed")
    with server.client() as client:
        client.post(f"/api/v1/studies/{name}/rename", json={"name": f"new-{listening}"}).raise_for_status()
    for route in held:
        route.continue_()
    page.unroute_all()
    told = page.locator("#connection").filter(has_text="Copy what you have typed")
    told.wait_for()
    assert page.get_by_label("What you want to remember").input_value() == "typed"
    page.wait_for_timeout(2500)
    assert told.is_visible()


@pytest.mark.slow
def test_a_page_whose_reader_is_signed_out_leads_to_the_login(open_page: OpenPage, server: Any) -> None:
    with server.client() as client:
        made = client.post("/api/v1/tokens", json={"label": "for a while"}).json()
        page = open_page("/", token=made["token"])
        page.locator("html[data-ready]").wait_for(state="attached")
        client.delete(f"/api/v1/tokens/{made['id']}").raise_for_status()
    page.wait_for_url("**/login?next=*")
