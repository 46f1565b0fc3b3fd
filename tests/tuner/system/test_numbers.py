"""Numbers as people read them."""

import math

import pytest

from keras_search.tuner.system.numbers import MINUS, amount, decimals, figure, metric_text, signed


def test_metrics_are_written_in_their_unit() -> None:
    assert metric_text(0.98123, "val_accuracy") == "98.12%"
    assert metric_text(0.071249, "val_loss") == "0.0712"
    assert metric_text(0.5, "val_precision_loss") == metric_text(0.5, "default_objective") == "0.5000"
    assert metric_text(2.3754, "val_accuracy") == "2.3754", "what cannot be a share is not written as one"
    assert metric_text(float("nan"), "val_loss") == "n/a"
    assert metric_text(float("inf"), "val_loss") == "n/a"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.0000"), (0.5, "0.5000"), (-0.5, "-0.5000"), (9.99999, "10.0000"), (12.3456, "12.346"),
     (2945.137, "2,945.1"), (123_456_789.0, "123,456,789"), (0.000123456, "0.000123"), (1.2345e-9, "1.23e-09")],
)  # fmt: skip
def test_figures_have_the_digits_that_matter(value: float, text: str) -> None:
    assert figure(value) == text


@pytest.mark.parametrize(
    ("spread", "value", "places"),
    [(0.24, 3.4, 2), (0.0312, 3.4, 3), (18.0, 33.6, 1), (1_200.0, 45_000.0, 0), (0.0, 0.0, 2), (math.nan, 2.5, 2),
     (0.0, 150.0, 0), (1e-15, 1e-15, 9)],
)  # fmt: skip
def test_decimals_show_two_digits_of_the_spread_and_three_of_the_value(
    spread: float, value: float, places: int
) -> None:
    assert decimals(spread, value) == places


def test_differences_have_a_sign_and_zero_has_none() -> None:
    assert [signed(value, 2) for value in (0.489, -0.489, 0.001, -0.001, 1_234.5)] == [
        "+0.49", f"{MINUS}0.49", "0.00", "0.00", "+1,234.50",
    ]  # fmt: skip
    assert amount(-1_234.5, 1) == f"{MINUS}1,234.5"
