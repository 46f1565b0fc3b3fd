"""What a report is drawn from."""

import pandas as pd
import pytest

from keras_search.tuner.report.contents import compared_metric, is_picture


@pytest.mark.parametrize(
    ("shape", "shown"),
    [((8, 8), True), ((8, 8, 1), True), ((8, 8, 3), True), ((64,), False), ((8, 8, 5), False), ((4, 8, 8, 1), False)],
)
def test_only_images_are_pictures(shape: tuple[int, ...], shown: bool) -> None:
    assert is_picture(shape) is shown


def test_the_metric_compared_is_the_one_with_a_spread() -> None:
    columns = ["model", "test_loss", "test_mean_absolute_error", "test_mean_absolute_error_std"]
    assert compared_metric(pd.DataFrame(columns=columns)) == compared_metric(columns) == "mean_absolute_error"
    assert compared_metric([]) == "accuracy"
