"""Metrics against those of Keras and scikit-learn, and their influences against leaving examples out."""

import keras
import numpy as np
import pytest
from sklearn import metrics as reference

from keras_search.tuner.verdict import metrics
from keras_search.tuner.verdict.metrics import Array, Metric


def chances(classes: int, examples: int = 160, seed: int = 0) -> tuple[Array, Array]:
    """Draw probabilities of one model, right for most examples, and the classes."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, examples)
    logits = 1.5 * rng.standard_normal((examples, classes))
    logits[np.arange(examples), truth] += 1.5
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return shares.astype(np.float32), truth


def amounts(width: int = 2, examples: int = 160) -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    truth = rng.exponential(size=(examples, width)).astype(np.float32)
    return (truth + 0.4 * rng.standard_normal(truth.shape)).astype(np.float32), truth


def named(found: list[Metric], words: str) -> Metric:
    return next(metric for metric in found if words in metric.name)


def of_keras(metric: keras.Metric, truth: Array, said: Array) -> float:
    metric.update_state(truth, said)
    return float(np.asarray(metric.result()))


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize(
    ("name", "made", "words"),
    [
        ("recall", keras.metrics.Recall, "over all"),
        ("precision", keras.metrics.Precision, "over all"),
        ("auc", keras.metrics.AUC, "over all"),
        ("f1_score", lambda: keras.metrics.F1Score(average="macro"), ""),
        ("f1_score", lambda: keras.metrics.F1Score(average="weighted"), ""),
        ("recall_1", lambda: keras.metrics.Recall(class_id=1), "of class 1"),
        ("auc", lambda: keras.metrics.AUC(multi_label=True), "mean of the classes"),
        ("top_k_categorical_accuracy", lambda: keras.metrics.TopKCategoricalAccuracy(k=2), "top 2"),
        ("val_loss", keras.metrics.CategoricalCrossentropy, "log loss"),
    ],
)
def test_metrics_of_classes_are_those_of_keras(name: str, made: type[keras.Metric], words: str, classes: int) -> None:
    said, truth = chances(classes)
    wanted = of_keras(made(), np.eye(classes, dtype=np.float32)[truth], said)
    found = metrics.of_classes(name, classes)
    if words:
        assert named(found, words).value(said, truth) == pytest.approx(wanted, abs=1e-6)
    assert min(abs(metric.value(said, truth) - wanted) for metric in found) < 1e-6


@pytest.mark.parametrize("made", [keras.metrics.Recall, keras.metrics.Precision, keras.metrics.AUC])
def test_two_classes_are_what_keras_says_of_one_column(made: type[keras.Metric]) -> None:
    said, truth = chances(2)
    first = metrics.of_classes(made.__name__.lower(), 2)[0]
    assert first.value(said, truth) == pytest.approx(of_keras(made(), truth[:, None], said[:, 1:]), abs=1e-6)


def test_areas_of_ranks_are_those_of_scikit_learn() -> None:
    said, truth = chances(4)
    exact = [metric for metric in metrics.of_classes("auc", 4) if "mean of the classes" in metric.name]
    wanted = reference.roc_auc_score(truth, said / said.sum(1, keepdims=True), multi_class="ovr", average="macro")
    assert exact[2].value(said, truth) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "made", "words"),
    [
        ("root_mean_squared_error", keras.metrics.RootMeanSquaredError, "root"),
        ("r2_score", keras.metrics.R2Score, "r2"),
        ("mean_absolute_error", keras.metrics.MeanAbsoluteError, "mean absolute error"),
        ("mean_squared_error", keras.metrics.MeanSquaredError, "mean squared error"),
        ("mean_absolute_percentage_error", keras.metrics.MeanAbsolutePercentageError, "percentage"),
        ("mean_squared_logarithmic_error", keras.metrics.MeanSquaredLogarithmicError, "logarithmic"),
        ("log_cosh_error", keras.metrics.LogCoshError, "log-cosh"),
        ("loss", lambda: keras.metrics.MeanMetricWrapper(keras.losses.huber), "Huber"),
    ],
)
def test_metrics_of_values_are_those_of_keras(name: str, made: type[keras.Metric], words: str) -> None:
    said, truth = amounts()
    found = named(metrics.of_values(name), words).value(said, truth)
    assert found == pytest.approx(of_keras(made(), truth, said), rel=2e-6)


EVERY = [(metric, 3) for name in ("f1", "recall", "precision", "auc", "top_k", "acc", "loss", "balanced")
         for metric in metrics.of_classes(name, 3)]  # fmt: skip
VALUES = [*metrics.ERRORS, metrics.ROOT, metrics.DETERMINATION]


@pytest.mark.parametrize("metric", [metric for metric, _ in EVERY] + VALUES, ids=lambda metric: metric.name)
def test_contributions_say_how_much_an_example_moves_the_metric(metric: Metric) -> None:
    """Leaving an example out moves the metric by about what it contributes, to the first order."""
    said, truth = amounts() if metric in VALUES else chances(3)
    given = metric.contribute(said, truth).astype(np.float64)
    value, examples = metric.value(said, truth), len(truth)
    moved = []
    for place in range(0, examples, 8):
        rest = np.arange(examples) != place
        moved.append((value - metric.value(said[rest], truth[rest])) * (examples - 1))
    expected = given[::8] - value
    assert np.allclose(moved, expected, atol=0.08 * max(np.ptp(given), 1e-9))


def test_a_ratio_of_nothing_is_zero() -> None:
    never = np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (6, 1))
    truth = np.array([0, 1, 0, 1, 0, 0])
    for name in ("recall", "precision", "f1"):
        assert metrics.of_classes(name, 2)[0].value(never, truth) == 0.0
    assert metrics.of_classes("auc", 2)[0].value(never, np.zeros(6, int)) == 0.0


def test_a_name_that_tells_of_no_metric_has_none() -> None:
    assert metrics.of_classes("my_score", 3) == []
    assert metrics.of_classes("prc_auc", 2) == []
    assert metrics.of_values("score") == []
