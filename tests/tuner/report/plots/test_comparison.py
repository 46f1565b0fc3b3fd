from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots import comparison, style

Make = Callable[..., ReportData]


def test_seed_intervals_agree_with_scipy() -> None:
    scores = [0.97, 0.975, 0.972, 0.98]
    retrains = pd.DataFrame({"model": "tuned", "test_accuracy": scores})
    (row,) = comparison.seed_intervals(retrains, ["tuned"]).to_dict("records")
    low, high = stats.t.interval(0.95, 3, loc=np.mean(scores), scale=stats.sem(scores))
    assert [row["low"], row["mean"], row["high"]] == pytest.approx([low, np.mean(scores), high])


def test_one_seed_has_no_interval() -> None:
    (row,) = comparison.seed_intervals(pd.DataFrame({"model": ["a"], "test_accuracy": [0.9]}), ["a"]).to_dict("records")
    assert row["mean"] == 0.9
    assert np.isnan(row["low"])


def test_difference_intervals_are_in_points_by_baseline() -> None:
    others = [{"baseline": "b", "difference": 0.02, "interval": (0.01, 0.03)}, {"baseline": "c"}]
    verdict = {"difference": 0.01, "interval": [-0.005, 0.02], "others": others}
    gaps = comparison.difference_intervals(verdict, "a")
    assert gaps["model"].tolist() == ["a", "b"]
    assert gaps[["difference", "low", "high"]].to_numpy() == pytest.approx(np.array([[1, -0.5, 2], [2, 1, 3]]))


def test_comparison_without_a_verdict_shows_accuracies_alone(make_report_data: Make) -> None:
    data = make_report_data(trials=3)
    assert len(comparison.comparison(data.comparison, data.retrains, {}).axes) == 1
    assert len(comparison.comparison(data.comparison, data.retrains, data.verdict).axes) == 2


def test_errors_are_compared_in_their_unit_the_lower_the_better() -> None:
    name = "test_mean_absolute_error"
    table = pd.DataFrame({"model": ["tuned", "b"], name: [12.0, 15.0], f"{name}_std": [0.4, 0.4]})
    retrains = pd.DataFrame({"model": ["tuned", "tuned", "b", "b"], name: [11.6, 12.4, 14.6, 15.4]})
    verdict = {"measure": "mean absolute error", "difference": -3.0, "interval": [-3.6, -2.4]}
    figure = comparison.comparison(table, retrains, verdict)
    style.png(figure)
    left, right = figure.axes
    assert left.get_xlabel() == "test mean absolute error, each small dot one seed"
    assert [text.get_text() for text in left.texts] == ["12.00", "15.00"]
    assert [text.get_text() for text in right.texts] == ["\N{MINUS SIGN}3.00"]
    assert right.get_xlabel().startswith("test mean absolute error, tuned minus baseline\n← tuned better ")


def test_curve_spans_the_seeds() -> None:
    history = pd.DataFrame({"kind": "retrain", "name": "tuned", "seed": [0, 1, 0], "epoch": [1, 1, 2],
                            "loss": [0.4, 0.2, 0.1]})  # fmt: skip
    assert comparison.curve(history, "tuned", "loss").to_numpy() == pytest.approx(
        np.array([[1, 0.3, 0.2, 0.4], [2, 0.1, 0.1, 0.1]])
    )


@pytest.mark.parametrize(
    ("columns", "objective", "expected"),
    [
        (["loss", "val_loss", "accuracy", "val_accuracy"], "val_loss", ["accuracy", "loss"]),
        (["loss", "val_loss", "f1", "val_f1", "accuracy", "val_accuracy"], "val_f1", ["f1", "loss"]),
        (["loss", "val_loss"], "val_loss", ["loss"]),
        (["loss", "val_loss", "mae", "val_mae"], "val_loss", ["mae", "loss"]),
        (["loss"], "val_accuracy", []),
    ],
)
def test_curve_metrics_follow_the_objective(columns: list[str], objective: str, expected: list[str]) -> None:
    assert comparison.curve_metrics(pd.DataFrame(columns=columns), objective) == expected


def test_curve_metrics_are_those_of_the_compared_output() -> None:
    columns = [f"{part}{name}" for name in ("loss", "kind_accuracy", "price_mae") for part in ("", "val_")]
    assert comparison.curve_metrics(pd.DataFrame(columns=columns), "val_loss", "price") == ["price_mae", "loss"]
    assert comparison.curve_metrics(pd.DataFrame(columns=columns), "val_kind_accuracy", "price") == [
        "kind_accuracy", "loss",
    ]  # fmt: skip


def test_training_curves_are_wide_and_name_the_model(make_report_data: Make) -> None:
    data = make_report_data(trials=3)
    figure = comparison.training_curves(data.history, "tuned", data.objective)
    assert figure.get_size_inches().tolist() == [18, 5]
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["tuned: accuracy", "tuned: loss"]
