"""The report's page in a real browser: trials marked in every plot, dark, on a phone, printed, without scripts."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from keras_search.tuner.report import page
from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots import Drawn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60_000
"""Milliseconds to wait for what comes at once on an idle machine."""
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt-get install chromium, or name one in CHROMIUM")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def report(drawn_report: tuple[ReportData, list[Drawn], Path]) -> tuple[ReportData, Path]:
    data, drawn, folder = drawn_report
    page.write_page(data, drawn, folder)
    return data, folder / "report.html"


@pytest.fixture
def open_report(browser: "Browser", report: tuple[ReportData, Path]) -> Iterator[Open]:
    """Give a function that opens the page, `open_report(width=400, scheme="dark")`; an error in its script fails."""
    contexts, wrong = [], []

    def open_one(width: int = 1280, scheme: str = "light", scripts: bool = True) -> "Page":
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        opened = context.new_page()
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.goto(report[1].as_uri())
        return opened

    yield open_one
    for context in contexts:
        context.close()
    assert wrong == []


def _row_of(data: ReportData) -> int:
    return [str(name) for name in data.trials["trial"]].index(data.winner)


def test_a_trial_is_told_where_the_pointer_is_and_marked_in_every_plot_and_the_table(
    open_report: Open, report: tuple[ReportData, Path]
) -> None:
    data, shown = report[0], open_report()
    row = _row_of(data)
    star = shown.locator(f'#search-history .wide [data-t="{row}"]').last
    star.scroll_into_view_if_needed()
    star.hover()
    told = shown.locator("#hint").inner_text().split("\n")
    assert told[0].startswith(f"{data.winner}: ")
    assert any(line.startswith("learning_rate: ") for line in told)
    assert shown.locator(".marked").count() == 0
    star.click()
    everywhere = shown.locator(f'[data-t="{row}"]').count()
    assert shown.locator("[data-t].marked").count() == everywhere > 10
    assert shown.locator("tr.marked td").first.inner_text() == f"{data.winner} ★ best"
    shown.locator("tr.marked td").first.click()
    assert shown.locator(".marked").count() == 0


def test_the_best_trial_is_the_first_row_and_columns_can_be_chosen(
    open_report: Open, report: tuple[ReportData, Path]
) -> None:
    shown = open_report()
    first = shown.locator("#all-trials tbody tr").first
    assert report[0].winner in first.inner_text()
    assert "best" in str(first.get_attribute("class"))
    heads = shown.locator(".dt-scroll-head th")
    assert "score" in heads.all_inner_texts()
    shown.locator(".chooser summary").click()
    shown.locator(".chooser label", has_text=re.compile(r"^\s*score$")).locator("input").uncheck()
    assert "score" not in heads.all_inner_texts()


def test_a_plot_is_opened_large_and_closed_again(open_report: Open) -> None:
    shown = open_report(width=400)
    shown.locator("#parallel-coordinates .enlarge").click()
    assert shown.locator("dialog svg").is_visible()
    assert (shown.locator("dialog svg").bounding_box() or {})["width"] >= 900
    shown.keyboard.press("Escape")
    assert not shown.locator("dialog").is_visible()


@pytest.mark.parametrize("width", [1280, 400])
def test_each_width_has_its_own_drawings_and_nothing_reaches_beyond_the_sides(open_report: Open, width: int) -> None:
    shown = open_report(width=width)
    kinds = {1280: (".wide", ".narrow"), 400: (".narrow", ".wide")}[width]
    assert shown.locator(f"main {kinds[0]}").first.is_visible()
    assert not shown.locator(f"main {kinds[1]}").first.is_visible()
    assert shown.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    sizes = shown.evaluate(
        f"""[...document.querySelectorAll('main {kinds[0]} text')].filter((each) => each.textContent.trim())
            .map((each) => [each.getScreenCTM(), parseFloat(getComputedStyle(each).fontSize)])
            .map(([scale, size]) => Math.hypot(scale.a, scale.b) * size)"""
    )
    assert min(sizes) > 7.5, "pixels of the smallest letters"


def test_at_night_there_is_no_white_box(open_report: Open) -> None:
    shown = open_report(scheme="dark")
    assert shown.evaluate(BACKGROUND) == "rgb(21, 24, 28)"
    fills = shown.evaluate(
        """[...document.querySelectorAll('main .wide path, main .wide rect')].filter(
            (each) => !each.closest('defs, clipPath')).map((each) => [getComputedStyle(each).fill, each.getBBox()])
            .filter(([, box]) => box.width > 60 && box.height > 60).map(([fill]) => fill)"""
    )
    assert "rgb(21, 24, 28)" in fills
    assert "rgb(255, 255, 255)" not in fills


def test_on_paper_a_dark_screen_is_light(open_report: Open) -> None:
    shown = open_report(width=400, scheme="dark")
    shown.emulate_media(media="print")
    assert shown.evaluate(BACKGROUND) == "rgb(255, 255, 255)"
    assert shown.locator("main .wide").first.is_visible()
    assert not shown.locator("header nav").is_visible()
    assert shown.locator(".on-paper").is_visible()


def test_without_scripts_the_plots_and_the_ten_best_trials_are_there(open_report: Open) -> None:
    shown = open_report(scripts=False)
    assert shown.locator("#search-history .wide svg").is_visible()
    assert shown.locator(".on-paper").is_visible()
    assert not shown.locator(".chooser").is_visible()
    assert not shown.locator(".enlarge").first.is_visible()
