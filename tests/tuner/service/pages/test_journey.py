"""From the first visit to a prediction, without a terminal: what a person does, in a real browser."""

import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from keras_search.tuner.study.folder import StudyFolder

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

OpenPage = Callable[..., "Page"]
SEARCH = 600_000
"""Milliseconds that a search may take on a busy machine."""
TABLE = "size,colour,price\n" + "".join(
    f"{k % 7 + k % 2},{('red', 'green')[k % 2]},{2.5 + k % 7 + k / 100:.2f}\n" for k in range(80)
)


@pytest.fixture
def own_server(server: Any) -> Iterator[Any]:
    """Give the service without any study, and end what the test has started."""
    yield server
    with server.client() as client:
        for job in client.get("/api/v1/jobs").json()["running"]:
            client.post(f"/api/v1/studies/{job['study']}/stop", json={"at_once": True})


@pytest.mark.slow
def test_from_the_first_visit_to_a_prediction(open_page: OpenPage, own_server: Any, tmp_path: Path) -> None:
    """Start the digits, watch, stop, resume, read a verdict, export, download, draw, compare, delete, restore."""
    page = open_page("/")
    begin_with_the_digits(page)
    see_the_score_rise(page)
    stop(page)
    resume(page)
    stop(page, at_once=True)
    start_a_short_search(page)
    read_the_verdict(page)
    export_and_download(page, tmp_path)
    draw_a_digit(page)
    compare(page)
    delete_and_restore(page)
    assert own_server.token not in own_server.log


def begin_with_the_digits(page: "Page") -> None:
    """Take what a first visit offers."""
    assert page.get_by_role("heading", name="What to look at while it runs").is_visible()
    page.get_by_role("button", name="Search the digits").click()
    page.wait_for_url("**/studies/digits")


def see_the_score_rise(page: "Page") -> None:
    """Wait until the page has told a best score and another count of trials, without being loaded again."""
    page.locator('[data-show="best"]').wait_for(timeout=SEARCH)
    page.evaluate("window.keptFor = 'the whole test'")
    wait_for_text(page.locator('[data-show="best"]'), "%")
    before = page.locator('[data-show="trials"]').inner_text()
    page.locator('[data-show="trials"]').filter(has_not_text=before).wait_for(timeout=SEARCH)
    assert page.evaluate("window.keptFor") == "the whole test"
    page.locator("#history-chart svg.main-svg").first.wait_for()


def wait_for_text(place: "Locator", text: str) -> None:
    """Wait until an element holds a text."""
    place.filter(has_text=text).wait_for(timeout=SEARCH)


def stop(page: "Page", at_once: bool = False) -> None:
    """Stop the search, after its epochs or at once."""
    page.get_by_role("button", name="Stop").click()
    dialog = page.get_by_role("dialog")
    if at_once:
        dialog.get_by_label("At once").check()
    dialog.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Resume").wait_for(timeout=SEARCH)
    assert page.locator("#head .mark").inner_text() == "stopped"


def start_a_short_search(page: "Page") -> None:
    """Fill in the form: a wrong number is told beside its field, and what was typed stays."""
    page.goto("/new")
    page.locator("#inspection").get_by_text("examples").first.wait_for()
    page.get_by_label("Tuner").select_option("random")
    page.get_by_label("Max epochs").fill("0")
    page.get_by_label("Max trials").fill("2")
    page.get_by_label("Compare seeds").fill("2")
    page.get_by_label("Name of the study").fill("short")
    page.get_by_role("button", name="Start the search").click()
    wrong = page.locator('[data-wrong="max_epochs"]')
    wrong.wait_for()
    assert "at least 1" in wrong.inner_text()
    page.get_by_label("Max epochs").fill("3")
    command = "keras-search start short --tuner random --max-epochs 3 --max-trials 2 --compare-seeds 2"
    assert page.locator("#command").inner_text() == command
    page.get_by_role("button", name="Start the search").click()
    page.wait_for_url("**/studies/short")


def resume(page: "Page") -> None:
    """Continue the search where it was stopped, until it has ended another trial."""
    before = page.locator('[data-show="trials"]').inner_text()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    page.locator('[data-show="trials"]').filter(has_not_text=before).wait_for(timeout=SEARCH)


def read_the_verdict(page: "Page") -> None:
    """Wait for the verdict, the comparison and the report."""
    page.locator("#verdict-sentence").wait_for(timeout=SEARCH)
    assert "95% interval" in page.locator("#verdict-sentence").inner_text()
    page.get_by_role("row", name="tuned").first.wait_for()
    page.get_by_role("link", name="Open the report").wait_for(timeout=SEARCH)
    page.get_by_text("Show it here").click()
    page.frame_locator("iframe.report").get_by_role("heading", name="Best settings").wait_for()


def export_and_download(page: "Page", folder: Path) -> None:
    """Export the model in one format, and download it alone and with its card."""
    page.get_by_role("button", name="Export", exact=True).click()
    link = page.get_by_role("link", name="model.keras")
    link.wait_for(timeout=SEARCH)
    with page.expect_download() as alone:
        link.click()
    alone.value.save_as(folder / "model.keras")
    assert zipfile.is_zipfile(folder / "model.keras")
    with page.expect_download() as everything:
        page.get_by_role("link", name="Download everything").click()
    everything.value.save_as(folder / "everything.zip")
    assert "short/model.json" in zipfile.ZipFile(folder / "everything.zip").namelist()


def draw_a_digit(page: "Page") -> None:
    """Draw a one with the mouse, and see what the model says and what it saw."""
    page.get_by_role("link", name="Try it").first.click()
    page.locator("html[data-ready]").wait_for(state="attached")  # before, nothing listens to the mouse
    box = page.locator("#drawing").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 40, steps=8)
    page.mouse.up()
    page.locator("#answer .answer").wait_for(timeout=SEARCH)
    assert page.locator("#answer .answer").inner_text() in set("0123456789")
    page.get_by_role("img", name="The image as the model got it").wait_for()


def compare(page: "Page") -> None:
    """Choose both studies in the list, and lay them beside each other."""
    page.goto("/")
    page.get_by_label("Choose digits to compare").check()
    page.get_by_label("Choose short to compare").check()
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("row", name=re.compile("max_epochs (27 3|3 27)")).wait_for()  # the last changed is listed first
    page.locator("#compare-chart svg.main-svg").first.wait_for()


def delete_and_restore(page: "Page") -> None:
    """Delete a study after being asked, and take it back out of the trash."""
    page.goto("/studies/digits")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("link", name="Undo in the trash").click()
    page.get_by_role("row", name="digits").get_by_role("button", name="Restore").click()
    page.get_by_text("The trash is empty").wait_for()
    page.goto("/studies/digits")
    assert page.get_by_role("heading", name="digits").first.is_visible()


@pytest.mark.long
def test_an_uploaded_table_becomes_a_model_to_try(open_page: OpenPage, own_server: Any, tmp_path: Path) -> None:
    """Upload a table, say what to predict, read what is odd, search, export, and predict a row."""
    (tmp_path / "fruit.csv").write_text(TABLE)
    page = open_page("/new", 400)
    page.get_by_label("Or upload a file").set_input_files(tmp_path / "fruit.csv")
    page.get_by_role("button", name="price", exact=True).click(timeout=SEARCH)
    page.locator("#inspection").get_by_text("80 examples").wait_for(timeout=SEARCH)
    page.get_by_label("Tuner").select_option("random")
    page.get_by_label("Max epochs").fill("2")
    page.get_by_label("Max trials").fill("2")
    page.get_by_label("Compare seeds").fill("2")
    page.get_by_role("button", name="Start the search").click()
    page.wait_for_url("**/studies/fruit")
    page.get_by_role("link", name="Try it").click(timeout=SEARCH)
    page.get_by_role("button", name="Export the model").click()
    page.get_by_label("size").fill("3", timeout=SEARCH)
    page.get_by_label("colour").fill("red")
    page.get_by_role("button", name="Predict").click()
    page.locator("#answer .answer").wait_for(timeout=SEARCH)
    assert re.fullmatch(r"-?\d+(\.\d+)?", page.locator("#answer .answer").inner_text())
    assert own_server.token not in own_server.log


def test_a_lost_connection_is_told_and_returns(
    open_page: OpenPage, server: Any, make_study: Callable[..., StudyFolder], tmp_path: Path
) -> None:
    """Kill the service under a page: the page says so, and comes back by itself when the service does."""
    shutil.copytree(make_study(trials=40).root, tmp_path / "studies" / "kept")
    own = type(server)(tmp_path).start()
    try:
        page = open_page(f"{own.url}/login?token={own.token}&next=/studies/kept", token="")
        page.locator("#trials-window td a").first.wait_for()
        own.kill()
        page.locator("#connection").filter(has_text="connection to the service is lost").wait_for()
        own.options = ("--port", own.url.rpartition(":")[2])
        own.start()
        page.locator("#connection").wait_for(state="hidden")
    finally:
        own.end_all()
