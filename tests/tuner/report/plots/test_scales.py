from typing import Any

import numpy as np
import pandas as pd
import pytest

from keras_search.tuner.report.plots import style
from keras_search.tuner.report.plots.scales import log_ticks, scale_of


def _column(name: str, *values: object) -> "pd.Series[Any]":
    return pd.Series(list(values), name=name, dtype=object)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (_column("learning_rate", 0.1, 0.01, 0.03), "log"),
        (_column("decay", *np.logspace(-6, -2, 20)), "log"),
        (_column("dropout", *np.linspace(0.01, 0.5, 50)), "linear"),
        (_column("units", *range(32, 512)), "linear"),
        (_column("batch_size", 32, 64, 128, 256), "places"),
        (_column("units", 32.0, 64.0, None, float("nan")), "places"),
        (_column("optimizer", "adam", "sgd"), "places"),
        (_column("shuffle", True, False, None), "places"),
        (_column("dropout", *[0.0, 0.1, 0.2] * 5), "places"),
        (_column("dropout", 0.1, 0.25, 0.4), "linear"),
        (_column("mixed", "auto", 3), "places"),
        (_column("learning_rate", 0.001, 0.001), "linear"),
        (_column("never_active", None, None), "places"),
    ],
)
def test_scale_of_fits_the_values(column: "pd.Series[Any]", kind: str) -> None:
    assert scale_of(column).kind == kind


def test_places_of_numbers_stand_in_the_order_of_the_numbers() -> None:
    scale = scale_of(_column("batch_size", 256, 32, 128, 64))
    assert scale.places == ("32", "64", "128", "256")
    assert scale.at(_column("batch_size", 64, None, 256.0)).tolist() == pytest.approx([1, np.nan, 3], nan_ok=True)


def test_units_of_a_log_scale_are_even_in_the_exponent() -> None:
    column = _column("learning_rate", 1e-4, 1e-3, 1e-2)
    assert scale_of(column).unit(column) == pytest.approx([0, 0.5, 1])


def test_unbend_undoes_bend() -> None:
    scale = scale_of(_column("learning_rate", 1e-4, 1e-2))
    assert scale.unbend(scale.bend(np.array([3e-4, 2e-3]))) == pytest.approx([3e-4, 2e-3])


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (1e-4, 1e-1, [1e-4, 1e-3, 1e-2, 1e-1]),
        (1.3e-4, 6e-2, [1e-3, 1e-2]),
        (1e-3, 4e-3, [1e-3, 3e-3]),
        (2e-3, 5.5e-3, [2e-3, 5e-3]),
        (6.1e-3, 6.4e-3, [6.1e-3, 6.4e-3]),
    ],
)
def test_log_ticks_are_at_least_two_round_numbers_in_range(low: float, high: float, ticks: list[float]) -> None:
    assert log_ticks(low, high) == pytest.approx(ticks)


def test_apply_sets_a_log_axis_with_plain_labels() -> None:
    figure, (axes,) = style.panels(4, 3)
    column = _column("learning_rate", 1e-4, 1e-3, 1e-2)
    scale = scale_of(column)
    axes.plot(scale.at(column), [1, 2, 3])
    scale.apply(axes, "x")
    style.png(figure)
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.0001", "0.001", "0.01"]


@pytest.mark.parametrize(
    "values", [[1_000_000, 2_000_000], [16, 2**70, -3], [1, 1.0, 2], [10**400, 5], ["", "a"], [float("inf"), 1.0]]
)
def test_every_value_has_a_place_on_its_axis(values: list[object]) -> None:
    """A large whole number was not found among places that were written with six digits, and drawn as inactive."""
    column = pd.Series(values * 3, dtype=object, name="units")
    scale = scale_of(column)
    assert np.isfinite(scale.at(column)).all()
    assert all(scale.places) or scale.kind != "places"
