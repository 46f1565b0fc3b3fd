"""What a report is drawn from."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from keras_search.tuner.report.contents import ReportData, longest, ranking
from keras_search.tuner.report.naming import compared_metric


def test_the_metric_compared_is_the_one_with_a_spread() -> None:
    columns = ["model", "test_loss", "test_mean_absolute_error", "test_mean_absolute_error_std"]
    assert compared_metric(pd.DataFrame(columns=columns)) == compared_metric(columns) == "mean_absolute_error"
    assert compared_metric([]) == "accuracy"


def trials() -> pd.DataFrame:
    """Give a configuration that was promoted twice, one that failed as it was promoted, and three that are level."""
    rows = [
        ("a-r0", "completed", 0.70, 0.5, 3, 10, ""),
        ("a-r1", "completed", 0.80, 0.4, 9, 10, "a-r0"),
        ("a-r2", "completed", 0.90, 0.3, 27, 10, "a-r1"),
        ("b-r0", "completed", 0.95, 0.2, 3, 10, ""),
        ("b-r1", "failed", np.nan, np.nan, 9, None, "b-r0"),
        ("c", "completed", 0.90, 0.2, 27, 30, ""),
        ("d", "completed", 0.90, 0.2, 27, 20, ""),
    ]
    frame = pd.DataFrame(rows, columns=["trial", "state", "score", "val_loss", "epochs", "parameters", "parent"])
    return frame.assign(best_epoch=1, error="")


BRACKETS = pd.DataFrame({"trial": ["a-r0", "a-r1", "a-r2", "b-r0", "b-r1", "c", "d"],
                         "epochs": [3, 9, 27, 3, 9, 27, 27]})  # fmt: skip


def test_each_configuration_is_shown_once_at_its_longest() -> None:
    assert longest(trials())["trial"].tolist() == ["a-r2", "b-r0", "c", "d"]
    assert longest(trials().drop(columns="parent"))["trial"].tolist() == ["a-r0", "a-r1", "a-r2", "b-r0", "c", "d"]


def test_trials_are_ranked_by_budget_score_loss_and_size() -> None:
    assert ranking(trials(), BRACKETS, "max")["trial"].tolist() == ["d", "c", "a-r2", "b-r0"]
    assert ranking(trials(), pd.DataFrame(), "max")["trial"].tolist() == ["b-r0", "d", "c", "a-r2"]
    by_loss = trials().assign(score=trials()["val_loss"])
    assert ranking(by_loss, BRACKETS, "min")["trial"].tolist() == ["d", "c", "a-r2", "b-r0"]


def test_the_winner_and_those_level_with_it_are_in_the_order_of_the_table() -> None:
    data = ReportData({"direction": "max"}, trials(), pd.DataFrame(), brackets=BRACKETS)
    assert data.winner == "d"
    assert data.level == ["c", "a-r2"]


def test_the_first_baseline_is_the_verdicts_wherever_its_row_is(make_report_data: Callable[..., ReportData]) -> None:
    data = make_report_data(trials=3, models=4)
    turned = replace(data, comparison=data.comparison.iloc[::-1])
    assert turned.baselines == data.baselines


@pytest.mark.parametrize(
    ("settings", "name"),
    [({"hypermodel": "mlp", "baselines": ["ann-128"]}, "ann-128's settings"),
     ({"hypermodel": "mlp", "baselines": ["defaults"]}, "the default settings"),
     ({"hypermodel": "own.py:build", "baselines": ["ann-128"]}, "the default settings")],
)  # fmt: skip
def test_an_ablation_names_where_it_starts(settings: dict[str, object], name: str) -> None:
    assert ReportData(settings, pd.DataFrame(), pd.DataFrame()).first_settings == name
