"""A finished study always has its report, whatever came of it: every table, plot and page, with the net off.

`make fuzz` tries many more studies than CI does.
"""

import csv
import io
import itertools
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from PIL import Image

from keras_search.tuner.console import summary
from keras_search.tuner.report import frames, markdown, page, write
from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots import draw_all, style
from keras_search.tuner.service.reading.charts import charts
from keras_search.tuner.service.reading.detail import study_detail
from keras_search.tuner.service.reading.library import Book, Library
from keras_search.tuner.service.reading.one_trial import trial_detail
from keras_search.tuner.service.reading.trials import trials_page
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.plain import json_text, plain

MORE = int(os.environ.get("KERAS_SEARCH_FUZZ", "1"))
"""How many times as many studies are tried as in CI."""
Strategy = st.SearchStrategy[Any]
Keep = Callable[[Any], StudyFolder]


def fuzz(examples: int) -> settings:
    """Try so many studies: the same in each run, or others each time where there are more than in CI."""
    return settings(max_examples=MORE * examples, derandomize=MORE == 1, database=None,
                    suppress_health_check=list(HealthCheck), phases=[Phase.generate])  # fmt: skip


@fuzz(25)
@given(st.data())
def test_any_study_has_its_tables_and_pages(odd_studies: Strategy, keep_odd: Keep, data: st.DataObject) -> None:
    folder = keep_odd(data.draw(odd_studies))
    details = summary.full(folder)
    assert "\x1b" not in summary.full_text(details)
    json.loads(json_text(details), parse_constant=_refused)
    shown = _gathered(folder)
    for table in shown.tables:
        _check_csv(write.csv_text(getattr(shown, table)), len(getattr(shown, table)))
    json.loads(json_text(dict(shown.verdict)), parse_constant=_refused)
    for text in (markdown.readme(shown, []), markdown.comparison(shown)):
        _check_markdown(text)
    _check_html(page.html(shown, [], Path()), shown)


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    made = Library()
    yield made
    made.close()


@fuzz(25)
@given(st.data())
def test_the_service_reads_any_study_as_its_frames_do(
    library: Library, odd_studies: Strategy, keep_odd: Keep, data: st.DataObject
) -> None:
    folder = keep_odd(data.draw(odd_studies))
    book = library.book(folder)
    book.read()
    with Store.read(folder.root) as store:
        trials = frames.trials(store)
    told = trials_page(book, limit=1000)
    assert [column.name for column in told.columns] == list(trials.columns)
    rows = [[None if value is pd.NA else value for value in row] for row in trials.itertuples(index=False, name=None)]
    assert [_without_gaps(row.values()) for row in told.items] == [_without_gaps(plain(row)) for row in rows]
    for column, descending in itertools.product([column.name for column in told.columns], [False, True]):
        order = {"sort": column, "descending": descending, "offset": 1, "limit": 5}
        assert trials_page(Book(folder), **order) == trials_page(book, **order), column
    for answer in (told, study_detail(library, folder), charts(library, book)):
        answer.model_dump_json().encode()
    for name in book.read().runs:
        trial_detail(book, name).model_dump_json().encode()


def _without_gaps(row: Iterable[Any]) -> list[Any]:
    return [value for value in row if value is not None]


@fuzz(3)
@given(st.data())
def test_any_study_has_its_plots(
    odd_studies: Strategy, keep_odd: Keep, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    shown = _gathered(keep_odd(data.draw(odd_studies)))
    folder = tmp_path_factory.mktemp("plots")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "DPI", 30)
        drawn = draw_all(shown, folder)
    for plot in drawn:
        with Image.open(folder / plot.file) as picture:
            assert picture.size == (int(plot.width * 30), int(plot.height * 30))
    page.write_page(shown, drawn, folder)


def _gathered(folder: StudyFolder) -> ReportData:
    with Store.read(folder.root) as store:
        return write.gather(store, folder.name)


def _refused(word: str) -> NoReturn:
    raise AssertionError(f"{word} is no JSON")


def _check_csv(text: str, rows: int) -> None:
    """Check that every reader finds as many rows, each of as many cells."""
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert len(found) == rows + 1
    assert {len(row) for row in found} <= {len(found[0])}


def _check_markdown(text: str) -> None:
    """Check that nothing of a name is markup, and that a table's rows are as wide as its head."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inside = {child.type for token in tokens for child in token.children or ()}
    assert inside <= {"text", "softbreak", "strong_open", "strong_close", "link_open", "link_close", "text_special"}
    widths: list[int] = []
    for token in tokens:
        widths += [0] * (token.type == "tr_open")
        if token.type in ("td_open", "th_open"):
            widths[-1] += 1
        if token.type == "table_close":
            assert len(set(widths)) == 1
            widths = []
    assert sum(token.type == "table_open" for token in tokens) == len(re.findall(r"^\| ---:? \|", text, re.MULTILINE))


def _check_html(text: str, shown: ReportData) -> None:
    assert text.count("<script") == text.count("</script>") == 3
    rows = re.search(r'<script type="application/json" id="trial-rows">(.*?)</script>', text, re.DOTALL)
    assert rows is not None
    assert len(json.loads(rows[1])) == len(shown.trials)
    assert not {chr(code) for code in range(32)} - set("\t\n") & set(text)
    text.encode("utf-8")
