from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots import style, values

Make = Callable[..., ReportData]


def answers(width: int = 1, examples: int = 30, seeds: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    index, column = (place.ravel() for place in np.indices((examples, width)))
    true = rng.standard_normal(examples * width)
    parts = [
        pd.DataFrame({"model": model, "seed": seed, "index": index, "column": column, "true": true,
                      "predicted": true + 0.3 * rng.standard_normal(len(true))})
        for model in ("tuned", "b")
        for seed in range(seeds)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_determination_agrees_with_scikit_learn() -> None:
    rows = values.of_column(answers(), "tuned", 0)
    assert values.determination(rows) == pytest.approx(r2_score(rows["true"], rows["predicted"]))
    assert np.isnan(values.determination(rows.assign(true=1.0)))


def test_residuals_are_predicted_minus_true_of_one_column() -> None:
    rows = values.of_column(answers(width=3), "b", 2)
    assert len(rows) == 30 * 2
    np.testing.assert_allclose(rows["residual"], rows["predicted"] - rows["true"])


def test_limits_hold_the_middle_of_the_values() -> None:
    low, high = values.middle(np.append(np.linspace(0, 1, 10_000), 1e9))
    assert -0.1 < low < 0 < 1 < high < 1.1
    assert values.middle(np.array([5.0, 5.0])) == pytest.approx((4.9, 5.1))


@pytest.mark.parametrize(("width", "panels"), [(1, 1), (2, 2), (5, 3)])
def test_the_first_columns_have_a_panel_each(width: int, panels: int) -> None:
    table = answers(width)
    figures = values.predicted_values(table, "price"), values.residuals(table, ["tuned", "b"], "price")
    assert [len(figure.axes) for figure in figures] == [panels, 2 * panels]
    assert figures[0].axes[0].get_xlabel() == ("true price" if width == 1 else "true price 1")
    assert values.columns_text(table) == ("The first 3 of 5 columns are shown." if width == 5 else "")
    for figure in figures:
        style.png(figure)


def test_values_without_a_name_are_values() -> None:
    assert values.value_name("", 0, [0]) == "value"
    assert values.value_name("", 1, [0, 1]) == "value 2"


def test_very_many_predictions_are_drawn_as_a_density_and_say_what_lies_outside() -> None:
    figure = values.predicted_values(answers(examples=3_000))
    style.png(figure)
    (axes,) = figure.axes
    assert "3,000 test examples, 2 retrainings, " in axes.get_title(loc="left")
    assert "beyond the edges" in axes.get_title(loc="left")


def test_models_that_are_never_wrong_are_drawn() -> None:
    table = answers().assign(predicted=lambda rows: rows["true"])
    figure = values.predicted_values(table)
    figure.draw_without_rendering()
    assert "R² 1.0" in figure.axes[0].get_title(loc="left")
    residuals = values.residuals(table, ["tuned", "b"])
    residuals.draw_without_rendering()
    low, high = residuals.axes[0].get_ylim()
    assert low < 0 < high
