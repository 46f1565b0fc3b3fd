from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots import history, style
from keras_search.tuner.system.numbers import metric_text

Make = Callable[..., ReportData]

TRIALS = pd.DataFrame(
    {
        "trial": ["a-r0", "b-r0", "a-r1", "c"],
        "state": ["completed", "failed", "completed", "running"],
        "score": [0.9, np.nan, 0.95, np.nan],
        "epochs": [3, 3, 9, 1],
        "best_epoch": [3, 3, 9, 1],
        "parent": ["", "", "a-r0", ""],
        "error": ["", "NaN loss", "", ""],
    }
)


@pytest.mark.parametrize(
    ("direction", "expected"), [("max", [np.nan, 0.5, 0.5, 0.8]), ("min", [np.nan, 0.5, 0.3, 0.3])]
)
def test_running_best_counts_only_what_is_admitted(direction: str, expected: list[float]) -> None:
    scores = np.array([0.99 if direction == "max" else 0.01, 0.5, 0.3, 0.8])
    counts = np.array([False, True, True, True])
    assert history.running_best(scores, counts, direction) == pytest.approx(expected, nan_ok=True)


def test_a_promoted_trial_spends_only_the_epochs_that_its_parent_lacked() -> None:
    points = history.search_points(TRIALS, pd.DataFrame())
    assert points["spent"].tolist() == [3, 6, 12, 13]
    assert points["number"].tolist() == [1, 2, 3, 4]


def test_without_hyperband_every_trial_has_the_full_budget() -> None:
    assert history.search_points(TRIALS, pd.DataFrame())["full"].all()


def test_under_hyperband_only_the_last_rungs_have_the_full_budget() -> None:
    brackets = pd.DataFrame({"trial": ["a-r0", "b-r0", "a-r1"], "epochs": [3, 3, 9], "iteration": 1, "bracket": 2,
                             "rung": [0, 0, 1], "slot": [0, 1, 0]})  # fmt: skip
    assert history.search_points(TRIALS.iloc[:3], brackets)["full"].tolist() == [False, False, True]


def test_hyperband_trials_stand_in_the_order_of_the_schedule() -> None:
    """Brackets run from the largest down, though `b0` sorts before `b2`."""
    names = ["i1-b0-r0-0", "i1-b1-r0-0", "i1-b1-r1-0", "i2-b1-r0-0"]
    brackets = pd.DataFrame({"trial": names, "iteration": [1, 1, 1, 2], "bracket": [0, 1, 1, 1],
                             "rung": [0, 0, 1, 0], "slot": 0})  # fmt: skip
    ordered = history.in_schedule_order(pd.DataFrame({"trial": names}), brackets)
    assert ordered["trial"].tolist() == ["i1-b1-r0-0", "i1-b1-r1-0", "i1-b0-r0-0", "i2-b1-r0-0"]


def test_finish_times_put_trials_in_the_order_in_which_they_ended() -> None:
    timings = pd.DataFrame(
        {
            "kind": ["trial", "trial", "retrain", "trial"],
            "name": ["a-r0", "b-r0", "tuned", "a-r0"],
            "started": [0.0, 1.0, 30.0, 10.0],
            "seconds": [5.0, 4.0, 9.0, 2.0],
        }
    )
    timed = history.finish_times(history.search_points(TRIALS, pd.DataFrame()), timings)
    assert timed[["trial", "finished"]].to_numpy().tolist() == [["b-r0", 5.0], ["a-r0", 12.0]]


def test_lineage_follows_the_parents() -> None:
    assert history.lineage(TRIALS, "a-r1") == ["a-r1", "a-r0"]
    assert history.lineage(TRIALS, "unknown") == []


def test_the_curve_of_a_promoted_trial_begins_where_its_parent_ended() -> None:
    curves = pd.DataFrame(
        {"name": ["a-r0"] * 2 + ["a-r1"] * 2, "epoch": [1, 2, 3, 4], "val_accuracy": [0.5, 0.6, 0.7, 0.8]}
    )
    child = history.trial_curves(curves, TRIALS, "val_accuracy")["a-r1"]
    assert child.tolist() == [[2, 0.6], [3, 0.7], [4, 0.8]]


def test_search_history_marks_the_best_and_the_failed(make_report_data: Make) -> None:
    data = make_report_data(trials=40, tuner="hyperband")
    figure = history.search_history(data.trials, data.brackets, data.objective, data.direction, data.winner)
    style.png(figure)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert f"best: {data.winner}, {metric_text(_score(data), data.objective)}" in legend
    assert "failed" in legend
    assert {"trial, full budget", "trial, cut short", "best so far"} <= set(legend)


def _score(data: ReportData) -> float:
    return float(data.trials.loc[data.trials["trial"] == data.winner, "score"].iloc[0])
