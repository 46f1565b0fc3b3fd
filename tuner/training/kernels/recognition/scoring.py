"""Recognise the metrics of Keras that are computed from all predictions of an epoch."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system import tf_private
from keras_search.tuner.system.exponential import exp
from keras_search.tuner.system.logarithm import log
from keras_search.tuner.training.kernels.losses.scores import (
    Counted,
    Curve,
    Doubles,
    Explained,
    Harmonic,
    Mean,
    Score,
    Top,
    area_of_precision,
    area_of_roc,
    interpolated_precision,
    ratio,
)

metrics = keras.metrics
_EPSILON = 1e-7
"""The length below which Keras divides a vector by this instead."""
_SHORT = 1e-30

_COUNTED: dict[type, Callable[..., Doubles]] = {
    metrics.Precision: lambda tp, fp, _tn, _fn: ratio(tp, tp + fp),
    metrics.Recall: lambda tp, _fp, _tn, fn: ratio(tp, tp + fn),
    metrics.TruePositives: lambda tp, _fp, _tn, _fn: tp,
    metrics.FalsePositives: lambda _tp, fp, _tn, _fn: fp,
    metrics.TrueNegatives: lambda _tp, _fp, tn, _fn: tn,
    metrics.FalseNegatives: lambda _tp, _fp, _tn, fn: fn,
}
_HEIGHTS: dict[str, Callable[[Doubles, Doubles], Doubles]] = {
    "interpolation": lambda one, two: (one + two) / 2,
    "minoring": np.minimum,
    "majoring": np.maximum,
}


def _percentage(truth: Doubles, outputs: Doubles) -> Any:
    return 100 * np.abs((truth - outputs) / np.maximum(np.abs(truth), keras.config.epsilon())).mean(axis=1)


def _logarithmic(truth: Doubles, outputs: Doubles) -> Any:
    one, two = (log(np.maximum(each, keras.config.epsilon()) + 1) for each in (truth, outputs))
    return np.square(one - two).mean(axis=1)


def _log_cosh(truth: Doubles, outputs: Doubles) -> Any:
    size = np.abs(truth - outputs)
    return (size + log(1 + exp(-2 * size)) - log(2)).mean(axis=1)


def _poisson(truth: Doubles, outputs: Doubles) -> Any:
    return (outputs - truth * log(outputs + keras.config.epsilon())).mean(axis=1)


def _divergence(truth: Doubles, outputs: Doubles) -> Any:
    one, two = (np.clip(each, keras.config.epsilon(), 1) for each in (truth, outputs))
    return (one * log(one / two)).sum(axis=1)


def _entropy(truth: Doubles, shares: Doubles) -> Any:
    return -(truth * log(np.maximum(shares, np.finfo(np.float32).tiny))).sum(axis=1)


def _cosine(truth: Doubles, outputs: Doubles) -> Any:
    one, two = (each * np.minimum(1 / np.maximum(_lengths(each), _SHORT), 1 / _EPSILON) for each in (truth, outputs))
    return (one * two).sum(axis=1)


def _hinge(truth: Doubles, outputs: Doubles) -> Any:
    return np.maximum(1 - np.where(truth > 0, outputs, -outputs), 0).mean(axis=1)


def _squared_hinge(truth: Doubles, outputs: Doubles) -> Any:
    return np.square(np.maximum(1 - np.where(truth > 0, outputs, -outputs), 0)).mean(axis=1)


def _categorical_hinge(truth: Doubles, outputs: Doubles) -> Any:
    return np.maximum(((1 - truth) * outputs).max(axis=1) - (truth * outputs).sum(axis=1) + 1, 0)


def _lengths(rows: Doubles) -> Any:
    return np.sqrt(np.square(rows).sum(axis=1, keepdims=True))


def _absolute(truth: Doubles, outputs: Doubles) -> Any:
    return np.abs(truth - outputs).mean(axis=1)


def _squared(truth: Doubles, outputs: Doubles) -> Any:
    return np.square(truth - outputs).mean(axis=1)


def _alike(truth: Doubles, outputs: Doubles) -> Any:
    return np.equal(truth.argmax(axis=1), outputs.argmax(axis=1)).astype(np.float64)


_ENTROPIES = {metrics.CategoricalCrossentropy: False, metrics.SparseCategoricalCrossentropy: True}
"""Whether the targets of each are the numbers of classes."""
_MEANS: dict[type, Mean] = {
    metrics.MeanAbsolutePercentageError: Mean(_percentage),
    metrics.MeanSquaredLogarithmicError: Mean(_logarithmic),
    metrics.LogCoshError: Mean(_log_cosh),
    metrics.Poisson: Mean(_poisson, in_rows=True),
    metrics.Hinge: Mean(_hinge, in_rows=True, of_sides=True),
    metrics.SquaredHinge: Mean(_squared_hinge, in_rows=True, of_sides=True),
    metrics.CategoricalHinge: Mean(_categorical_hinge, in_rows=True),
    metrics.KLDivergence: Mean(_divergence, in_rows=True),
    metrics.CosineSimilarity: Mean(_cosine, in_rows=True),
    metrics.MeanAbsoluteError: Mean(_absolute),
    metrics.MeanSquaredError: Mean(_squared),
    metrics.RootMeanSquaredError: Mean(_squared, root=True),
    metrics.CategoricalAccuracy: Mean(_alike, exact=True),
}


def score_of(metric: Any, sparse: bool, columns: int, shares: bool = False) -> Score | None:
    """Return how a metric follows from all predictions, with `columns` numbers each; None if that is not known exactly.

    `sparse`: the targets are the numbers of classes, not as many numbers as the model gives. `shares`: these are the
    outputs of a softmax; Keras takes the cross-entropy of its inputs.
    """
    kind = type(metric)
    if kind in _ENTROPIES:
        plain = metric.get_config() == kind().get_config() | {"name": metric.name} and _is_as_configured(metric)
        return Mean(_entropy) if shares and plain and sparse is _ENTROPIES[kind] else None
    if kind is metrics.SparseTopKCategoricalAccuracy:
        plain = _is_as_configured(metric) and not metric.from_sorted_ids
        return Top(int(metric.k)) if sparse and plain else None
    if sparse or not _is_as_configured(metric):
        return None
    if kind in _MEANS:
        return None if kind is metrics.CategoricalAccuracy and columns == 1 else _MEANS[kind]
    make = _MAKE.get(kind)
    return None if make is None else make(metric, columns)


def _is_as_configured(metric: Any) -> bool:
    """Return whether a metric is what Keras makes of its configuration, in single precision."""
    config = metric.get_config()
    made = type(metric).from_config(dict(config))
    same = config.get("dtype", "float32") == "float32" and made.get_config() == config
    same = same and tf_private.function_of(metric) is tf_private.function_of(made)
    same = same and tf_private.metric_arguments(metric) == tf_private.metric_arguments(made)
    return same and "update_state" not in vars(metric) and "result" not in vars(metric)


def _counted(metric: Any, columns: int) -> Score | None:
    thresholds, column = tuple(float(each) for each in metric.thresholds), getattr(metric, "class_id", None)
    known = len(thresholds) < 3 and getattr(metric, "top_k", None) is None
    known = known and (column is None or (isinstance(column, int) and 0 <= column < columns and columns > 1))
    return Counted(_COUNTED[type(metric)], thresholds, column) if known else None


def _curve(metric: Any, _columns: int) -> Score | None:
    config = metric.get_config()
    curve, summation, count = config["curve"], config["summation_method"], config["num_thresholds"]
    if "thresholds" in config or config["label_weights"] is not None or curve not in ("ROC", "PR") or count < 3:
        return None
    area: Callable[..., float] = (area_of_roc if curve == "ROC" else area_of_precision)(_HEIGHTS[summation])
    if (curve, summation) == ("PR", "interpolation"):
        area = interpolated_precision
    return Curve(area, count, bool(config["multi_label"]), bool(config["from_logits"]))


def _harmonic(metric: Any, _columns: int) -> Score:
    return Harmonic(metric.average, metric.beta, metric.threshold, keras.config.epsilon())


def _top(metric: Any, columns: int) -> Score | None:
    return Top(int(metric.k)) if columns > 1 else None


def _matching(metric: Any, _columns: int) -> Score:
    threshold = np.float32(metric.threshold)

    def matching(truth: Doubles, outputs: Doubles) -> Any:
        return ((outputs > threshold) == truth).mean(axis=1)

    return Mean(matching, exact=True)


def _explained(metric: Any, _columns: int) -> Score | None:
    return None if metric.num_regressors else Explained(metric.class_aggregation == "variance_weighted_average")


_MAKE: dict[type, Callable[[Any, int], Score | None]] = {
    **dict.fromkeys(_COUNTED, _counted),
    metrics.AUC: _curve,
    metrics.F1Score: _harmonic,
    metrics.FBetaScore: _harmonic,
    metrics.TopKCategoricalAccuracy: _top,
    metrics.R2Score: _explained,
    metrics.BinaryAccuracy: _matching,
}
