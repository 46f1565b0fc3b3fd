"""What a report is drawn from."""

import pandas as pd

from keras_search.tuner.report.contents import compared_metric


def test_the_metric_compared_is_the_one_with_a_spread() -> None:
    columns = ["model", "test_loss", "test_mean_absolute_error", "test_mean_absolute_error_std"]
    assert compared_metric(pd.DataFrame(columns=columns)) == compared_metric(columns) == "mean_absolute_error"
    assert compared_metric([]) == "accuracy"
