from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix

from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots import predictions, style

Make = Callable[..., ReportData]


@pytest.fixture
def answers(make_report_data: Make) -> pd.DataFrame:
    return make_report_data(trials=40).predictions


def test_confusion_agrees_with_scikit_learn(answers: pd.DataFrame) -> None:
    tuned = answers[answers["model"] == "tuned"]
    expected = confusion_matrix(tuned["label"], tuned["predicted"], labels=range(10))
    assert (predictions.confusion(answers, "tuned", 10) == expected).all()


def test_reliability_agrees_with_scikit_learn(answers: pd.DataFrame) -> None:
    tuned = answers[answers["model"] == "tuned"]
    accuracy, confidence = calibration_curve(tuned["label"] == tuned["predicted"], tuned["confidence"], n_bins=10)
    table = predictions.reliability(answers, "tuned")
    assert table["accuracy"].to_numpy() == pytest.approx(accuracy)
    assert table["confidence"].to_numpy() == pytest.approx(confidence, rel=1e-6)


def test_calibration_error_is_the_mean_gap_weighted_by_answers() -> None:
    table = pd.DataFrame({"confidence": [0.5, 0.9], "accuracy": [0.6, 0.8], "count": [10, 30]})
    assert predictions.calibration_error(table) == pytest.approx(0.1)


@pytest.mark.parametrize(("right", "count"), [(0, 12), (7, 20), (30, 30)])
def test_wilson_agrees_with_scipy(right: int, count: int) -> None:
    expected = stats.binomtest(right, count).proportion_ci(method="wilson")
    low, high = predictions.wilson(np.array([right / count]), np.array([count]))
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_worst_mistakes_are_those_most_confident_over_the_seeds() -> None:
    rows = [
        ("tuned", 0, 5, 1, 7, 0.9),
        ("tuned", 1, 5, 1, 7, 0.8),
        ("tuned", 0, 6, 2, 3, 0.99),
        ("tuned", 1, 6, 2, 2, 1.0),
        ("tuned", 0, 7, 0, 0, 1.0),
        ("tuned", 1, 7, 0, 0, 1.0),
        ("other", 0, 7, 0, 4, 1.0),
    ]
    table = pd.DataFrame(rows, columns=["model", "seed", "index", "label", "predicted", "confidence"])
    worst = predictions.worst_mistakes(table)
    assert worst["index"].tolist() == [5, 6]
    assert worst["confidence"].tolist() == pytest.approx([0.85, 0.495])
    assert worst["wrong"].tolist() == [2, 1]
    assert worst["seeds"].tolist() == [2, 2]


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (8, 8, 3)])
def test_samples_say_what_was_predicted_and_what_was_true(answers: pd.DataFrame, shape: tuple[int, ...]) -> None:
    images = {index: np.full(shape, 3) for index in predictions.shown_images(answers)}
    figure = predictions.sample_predictions(answers, images, tuple("0123456789"))
    style.png(figure)
    titles = [axes.get_title() for axes in figure.axes]
    assert len(titles) == predictions.SAMPLES
    assert all(title.startswith("predicted ") and "\ntrue " in title for title in titles)


def test_many_classes_are_drawn_without_numbers() -> None:
    labels = np.arange(40)
    table = pd.DataFrame({"model": "tuned", "seed": 0, "index": labels, "label": labels, "predicted": labels[::-1],
                          "confidence": 0.5})  # fmt: skip
    figure = predictions.confusion_matrix(table, tuple(f"class {i}" for i in labels))
    style.png(figure)
    assert len(figure.axes[0].texts) == 0
    assert len(figure.axes[0].get_xticklabels()) == 20
