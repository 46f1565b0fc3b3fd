"""Metrics of all predictions of an epoch, against Keras's own, which take one batch after the other."""

import keras
import numpy as np
import pytest

from keras_search.tuner.training.kernels.losses.scores import Told
from keras_search.tuner.training.kernels.recognition.scoring import score_of
from keras_search.tuner.training.reported import number

metrics = keras.metrics
RNG = np.random.default_rng(0)
N, COLUMNS = 90, 4
CHANCES = (RNG.random((N, COLUMNS)) ** 2).astype(np.float32)
CHANCES[::7, 1] = 0.5
CHANCES[::11] = 0.0
BITS = (RNG.random((N, COLUMNS)) < 0.3).astype(np.float32)
CLASSES = np.eye(COLUMNS, dtype=np.float32)[RNG.integers(0, COLUMNS, N)]
VALUES = RNG.normal(1, 3, (N, COLUMNS)).astype(np.float32)
VALUES[3, 2] = 0.0
WEIGHTS = (RNG.random(N) * 3).astype(np.float32)
WEIGHTS[::9] = 0.0

OF_BITS = {
    "precision": metrics.Precision(),
    "recall at two": metrics.Recall([0.2, 0.7]),
    "recall of one": metrics.Recall(class_id=1),
    "positives": metrics.TruePositives(),
    "wrong positives": metrics.FalsePositives(0.1),
    "negatives": metrics.TrueNegatives(),
    "wrong negatives": metrics.FalseNegatives([0.1, 0.6]),
    "auc": metrics.AUC(),
    "auc of three": metrics.AUC(3, summation_method="minoring"),
    "auc of logits": metrics.AUC(from_logits=True, summation_method="majoring"),
    "auc by column": metrics.AUC(multi_label=True),
    "precision and recall": metrics.AUC(curve="PR"),
    "the least of them": metrics.AUC(40, curve="PR", summation_method="minoring"),
    "f1": metrics.F1Score(),
    "f1 of all": metrics.F1Score("micro"),
    "f1 by support": metrics.F1Score("weighted", 0.4),
    "f2": metrics.FBetaScore("macro", 2.0),
    "near": metrics.BinaryAccuracy(threshold=0.3),
    "top": metrics.TopKCategoricalAccuracy(2),
    "top of fewer": metrics.TopKCategoricalAccuracy(),
    "right": metrics.CategoricalAccuracy(),
    "apart": metrics.KLDivergence(),
    "direction": metrics.CosineSimilarity(),
    "hinge": metrics.Hinge(),
    "squared hinge": metrics.SquaredHinge(),
    "hinge of classes": metrics.CategoricalHinge(),
}
OF_VALUES = {
    "cosine": metrics.CosineSimilarity("direction"),
    "mape": metrics.MeanAbsolutePercentageError(),
    "msle": metrics.MeanSquaredLogarithmicError(),
    "log-cosh": metrics.LogCoshError(),
    "poisson": metrics.Poisson(),
    "mae": metrics.MeanAbsoluteError(),
    "mse": metrics.MeanSquaredError(),
    "rmse": metrics.RootMeanSquaredError(),
    "r2": metrics.R2Score(),
    "r2 by variance": metrics.R2Score("variance_weighted_average"),
    "r2 of each": metrics.R2Score(None),
}
CASES = {
    **{f"{name}, bits": (metric, BITS) for name, metric in OF_BITS.items()},
    **{f"{name}, classes": (OF_BITS[name], CLASSES) for name in ("auc", "f1", "f1 by support", "top", "right")},
    **{name: (metric, VALUES) for name, metric in OF_VALUES.items()},
}


def of_keras(metric, truth, outputs, weights):
    """Return the metric as Keras computes it batch by batch."""
    metric.reset_state()
    for batch in (slice(0, 60), slice(60, N)):
        weighing = () if weights is None else (weights[batch],)
        metric.update_state(truth[batch], outputs[batch], *weighing)
    return number(metric.result())


@pytest.mark.parametrize("name", CASES)
def test_scores_are_those_of_keras(name):
    """With weights and without, at ties, at thresholds, and where nothing is positive or all is."""
    metric, truth = CASES[name]
    score = score_of(metric, sparse=False, columns=COLUMNS)
    ones = np.ones(N, np.float32)
    cases = [(CHANCES, truth, None), (1 - CHANCES, truth, WEIGHTS)]
    if not isinstance(metric, metrics.R2Score) and not getattr(metric, "multi_label", False):
        cases += [(CHANCES, np.ones_like(truth), WEIGHTS), (CHANCES, 0 * truth, WEIGHTS)]
    for said, right, weights in cases:
        told = Told(right, said, ones if weights is None else weights)
        assert score.value(told) == pytest.approx(of_keras(metric, right, said, weights), rel=2e-5, abs=2e-6)


def test_predictions_that_are_no_numbers_are_counted_as_by_keras():
    """A training that diverges is seen by its loss."""
    said = CHANCES.copy()
    said[5:9] = np.nan
    for name in ("precision", "positives", "auc", "f1", "near", "top"):
        found = score_of(OF_BITS[name], sparse=False, columns=COLUMNS).value(Told(BITS, said, WEIGHTS))
        assert found == pytest.approx(of_keras(OF_BITS[name], BITS, said, WEIGHTS), rel=2e-5, nan_ok=True)


def test_numbered_classes_are_among_the_top():
    metric = metrics.SparseTopKCategoricalAccuracy(2)
    score = score_of(metric, sparse=True, columns=COLUMNS)
    expected = of_keras(metric, CLASSES.argmax(axis=1), CHANCES, WEIGHTS)
    assert score.value(Told(CLASSES, CHANCES, WEIGHTS)) == pytest.approx(expected)
    assert score_of(OF_BITS["auc"], sparse=True, columns=COLUMNS) is None


def with_another(name, value):
    metric = metrics.AUC()
    setattr(metric, name, value)
    return metric


OTHERS = {
    "own thresholds": lambda: metrics.AUC(thresholds=[0.1, 0.4]),
    "weights of labels": lambda: metrics.AUC(multi_label=True, label_weights=[1.0, 2.0, 1.0, 1.0]),
    "gain": lambda: metrics.AUC(curve="PRGAIN"),
    "two thresholds": lambda: metrics.AUC(2),
    "many thresholds": lambda: metrics.Precision([0.1, 0.2, 0.3]),
    "the first of the top": lambda: metrics.Recall(top_k=1),
    "regressors": lambda: metrics.R2Score(num_regressors=3),
    "double precision": lambda: metrics.AUC(dtype="float64"),
    "own result": lambda: with_another("result", lambda: 1.0),
    "sorted": lambda: metrics.SparseTopKCategoricalAccuracy(from_sorted_ids=True),
    "no column of the output": lambda: metrics.Precision(class_id=COLUMNS),
    "of no formula": lambda: metrics.SensitivityAtSpecificity(0.5),
    "of another axis": lambda: metrics.CosineSimilarity(axis=0),
    "of a softmax": lambda: metrics.CategoricalCrossentropy(),
}


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_other_metrics_are_left_to_keras(make):
    """What is not exactly a known one."""
    assert score_of(make(), sparse=False, columns=COLUMNS) is None
    assert score_of(make(), sparse=True, columns=COLUMNS) is None
