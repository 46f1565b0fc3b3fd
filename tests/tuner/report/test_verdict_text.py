"""All figures of a verdict in words."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from keras_search.tuner.report import page_text, verdict_text
from keras_search.tuner.report.contents import ReportData

Make = Callable[..., ReportData]


def test_every_baseline_has_a_column_and_no_figure_the_name_of_its_key(make_report_data: Make) -> None:
    data = make_report_data(trials=3, models=4)
    (heading, table), (optimism, search) = verdict_text.all_figures(data)
    assert heading == "Tuned against each baseline"
    assert list(table.head[1:]) == data.baselines
    rows = dict(zip((row[0] for row in table.rows), (row[1:] for row in table.rows), strict=True))
    entries = [data.verdict, *data.verdict["others"]]
    assert rows["seeds"] == ("5",) * 3
    assert rows["test accuracy, baseline"] == tuple(page_text.percent(each["baseline_accuracy"]) for each in entries)
    assert not [words for words in rows if "_" in words]
    assert all(all(cells) for cells in rows.values())
    assert optimism == "How optimistic the search was"
    assert search.rows[0][0] == "best validation accuracy of the search"


def test_errors_are_written_in_their_unit(make_value_data: Make) -> None:
    (_, table), *_ = verdict_text.all_figures(make_value_data())
    rows = dict(table.rows)
    assert "exported pair, Wilcoxon's test, p" in rows
    assert not rows["test mean absolute error, tuned"].endswith("%")


def test_a_measure_of_all_examples_together_has_no_number_of_them(make_value_data: Make) -> None:
    data = make_value_data()
    (_, table), *_ = verdict_text.all_figures(replace(data, verdict={**data.verdict, "test_images": 0}))
    assert "test examples" not in {row[0] for row in table.rows}
    assert "seeds" in {row[0] for row in table.rows}


def test_before_the_test_there_are_no_figures(make_report_data: Make) -> None:
    assert verdict_text.all_figures(replace(make_report_data(trials=3), verdict={})) == []


@pytest.mark.parametrize(
    ("settling", "text"),
    [
        ({"more_seeds": 0, "limit": "settled"}, "settled"),
        ({"more_seeds": 1, "limit": "seeds"}, "1 more seed"),
        ({"more_seeds": None, "limit": "test images", "test_images": 12_000}, "12,000 test examples"),
        ({"more_seeds": None, "limit": "no difference"}, "nothing: there is no difference"),
        ({"more_seeds": None, "limit": "seeds"}, "no number of seeds up to 1,000"),
    ],
)
def test_what_would_settle_it_is_said_in_words(make_report_data: Make, settling: dict[str, object], text: str) -> None:
    data = make_report_data(trials=3)
    data = replace(data, verdict={**data.verdict, "settling": settling})
    (_, table), *_ = verdict_text.all_figures(data)
    assert {row[0]: row[1] for row in table.rows}["what would settle it"] == text
