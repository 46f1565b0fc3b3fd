"""Metrics of predictions for test examples, each with the contribution of every example.

A metric that is a mean over the examples, such as accuracy, is the mean of scores. One that is not, such as recall or
the area under the ROC curve, is linearised: example `i` contributes the metric plus its influence on it, the derivative
by the example's weight (the infinitesimal jackknife: Jaeckel 1972; Efron 1982, "The Jackknife, the Bootstrap and Other
Resampling Plans", chapter 6). So the contributions have the metric as their mean and its sampling error as theirs, to
first order, and whatever handles the mean of scores handles every metric.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from keras_search.tuner.system.exponential import exp
from keras_search.tuner.system.logarithm import log

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Contribute = Callable[[Array, Array], Array]
"""Takes predictions `(n, classes)` or `(n, width)` and the truth `(n,)` or `(n, width)`; returns `(n,)`."""

THRESHOLD = 0.5
BUCKETS = 199
"""The number of thresholds of Keras's `AUC` by default."""
SMALLEST = 1e-7


@dataclass(frozen=True)
class Metric:
    """Name a way of computing a metric: `sign` is 1 if more is better, else -1.

    `bounded` says that it lies between 0 and 1, `simple` that it is the mean of a score of each example alone,
    `averaged` that its name is one of several ways to compute what users call the same.
    """

    name: str
    sign: int
    contribute: Contribute
    bounded: bool = True
    simple: bool = False
    averaged: bool = False

    def value(self, predicted: Array, truth: Array) -> float:
        """Return the metric of one model."""
        return float(np.mean(self.contribute(predicted, truth), dtype=np.float64))


def right(predicted: Array, truth: Array) -> Array:
    """Score whether the likeliest class is the right one, as booleans."""
    return np.asarray(predicted.argmax(axis=1) == truth)


def within_top(k: int, predicted: Array, truth: Array) -> Array:
    """Score whether fewer than `k` classes are likelier than the right one, as booleans."""
    own = np.take_along_axis(predicted, truth.astype(np.int64)[:, None], axis=1)
    return np.asarray((predicted > own).sum(axis=1) < k)


def log_loss(predicted: Array, truth: Array) -> Floats:
    """Return minus the logarithm of the right class's share, in nats."""
    likely = np.clip(predicted.astype(np.float64), SMALLEST, 1)
    return np.asarray(-log(likely[np.arange(len(truth)), truth.astype(np.int64)] / likely.sum(axis=1)))


def ratio(top: Array, bottom: Array) -> Floats:
    """Return the contributions, `(n,)`, to the ratio of two sums; a ratio of nothing is 0, as in Keras."""
    upper, lower = top.astype(np.float64), bottom.astype(np.float64)
    if lower.sum() == 0:
        return np.zeros(len(lower))
    found = upper.sum() / lower.sum()
    return np.asarray(found + (upper - found * lower) / lower.mean())


Hits = Callable[[Array], Array]
"""Takes predictions `(n, classes)`; returns the classes that they assign, as booleans."""


def over_threshold(predicted: Array) -> Array:
    """Assign every class whose probability is above a half."""
    return np.asarray(predicted > THRESHOLD)


def likeliest(predicted: Array) -> Array:
    """Assign the likeliest class."""
    return np.asarray(np.eye(predicted.shape[1], dtype=bool)[predicted.argmax(axis=1)])


def _precision(hits: Array, truth: Array) -> Floats:
    return ratio((hits & truth).sum(axis=1), hits.sum(axis=1))


def _recall(hits: Array, truth: Array) -> Floats:
    return ratio((hits & truth).sum(axis=1), truth.sum(axis=1))


def _f1(hits: Array, truth: Array) -> Floats:
    return ratio(2 * (hits & truth).sum(axis=1), hits.sum(axis=1) + truth.sum(axis=1))


def _auc(levels: Array, truth: Array) -> Floats:
    """Return the contributions to the area under the ROC curve of entries `(n, k)`: placements (DeLong et al. 1988).

    Examples with several entries are sampled whole.
    """
    size = int(levels.max()) + 1
    above = np.bincount(levels[truth], minlength=size).astype(np.float64)
    below = np.bincount(levels[~truth], minlength=size).astype(np.float64)
    if not above.sum() or not below.sum():
        return np.zeros(len(levels))
    beaten = (np.cumsum(below) - below / 2) / below.sum()
    beating = (above.sum() - np.cumsum(above) + above / 2) / above.sum()
    area = float((above * beaten).sum()) / above.sum()
    shares = np.where(truth, (beaten[levels] - area) / truth.sum(), (beating[levels] - area) / (~truth).sum())
    return np.asarray(area + len(levels) * shares.sum(axis=1))


def buckets(predicted: Array) -> Array:
    """Bin probabilities by the thresholds of Keras's `AUC`, whose curve is that of ranks with ties."""
    return np.asarray(np.maximum(np.ceil(predicted.astype(np.float32) * np.float32(BUCKETS)).astype(np.int64) - 1, 0))


def ranks(predicted: Array) -> Array:
    """Rank probabilities, equal ones with the same rank."""
    return np.asarray(np.unique(predicted, return_inverse=True)[1].reshape(predicted.shape))


Part = Callable[[Array, Array], Floats]


def _of_all(part: Part, read: Hits, predicted: Array, truth: Array) -> Floats:
    """Pool the classes, each against the rest ("micro")."""
    return part(read(predicted), _one_hot(predicted, truth))


def _of_class(place: int, part: Part, read: Hits, predicted: Array, truth: Array) -> Floats:
    """Take one class against the rest."""
    return part(read(predicted)[:, [place]], _one_hot(predicted, truth)[:, [place]])


def _mean_of_classes(part: Part, read: Hits, predicted: Array, truth: Array) -> Floats:
    """Weight every class equally ("macro")."""
    parts = [_of_class(place, part, read, predicted, truth) for place in range(predicted.shape[1])]
    return np.asarray(np.mean(parts, axis=0))


def _weighted(part: Part, read: Hits, predicted: Array, truth: Array) -> Floats:
    """Weight every class by its number of examples, which is a sample too ("weighted")."""
    owned = _one_hot(predicted, truth).astype(np.float64)
    parts = np.stack([_of_class(place, part, read, predicted, truth) for place in range(predicted.shape[1])], axis=1)
    means = parts.mean(axis=0)
    return np.asarray(((parts - means) * owned.mean(axis=0) + owned * means).sum(axis=1))


def _one_hot(predicted: Array, truth: Array) -> Array:
    return np.asarray(np.eye(predicted.shape[1], dtype=bool)[truth.astype(np.int64)])


def averages(name: str, part: Part, reads: tuple[Hits, ...], classes: int) -> list[Metric]:
    """List a metric of classes in the averages that libraries offer, Keras's default first.

    With two classes, that of the second comes first, which is what one column of probabilities describes.
    """
    single = [(f"of class {place}", partial(_of_class, place, part)) for place in range(classes)]
    several = [("over all classes", partial(_of_all, part)), ("mean of the classes", partial(_mean_of_classes, part)),
               ("mean of the classes by their examples", partial(_weighted, part))]  # fmt: skip
    ways = [*single[1:], *several, *single[:1]] if classes == 2 else [*several, *single]
    return [Metric(f"{name} {how}", 1, partial(way, read), averaged=True) for read in reads for how, way in ways]


def _gaps(predicted: Array, truth: Array) -> Floats:
    return np.asarray(predicted.astype(np.float64) - truth.astype(np.float64))


def absolute(predicted: Array, truth: Array) -> Floats:
    """Return the mean absolute error of each example over its columns."""
    return np.asarray(np.abs(_gaps(predicted, truth)).mean(axis=1))


def squared(predicted: Array, truth: Array) -> Floats:
    """Return the mean squared error of each example over its columns."""
    return np.asarray(np.square(_gaps(predicted, truth)).mean(axis=1))


def root(predicted: Array, truth: Array) -> Floats:
    """Return the contributions to the root of the mean squared error."""
    errors = squared(predicted, truth)
    found = float(np.sqrt(errors.mean()))
    return np.asarray(found + (errors - errors.mean()) / (2 * found) if found else errors)


def determination(predicted: Array, truth: Array) -> Floats:
    """Return the contributions to R², the mean over the columns, as Keras's `R2Score` takes it."""
    errors = np.square(_gaps(predicted, truth))
    spread = np.square(truth.astype(np.float64) - truth.mean(axis=0, dtype=np.float64))
    both = [ratio(errors[:, [column]].sum(axis=1), spread[:, [column]].sum(axis=1)) for column in range(truth.shape[1])]
    return np.asarray(1 - np.mean(both, axis=0))


def percentage(predicted: Array, truth: Array) -> Floats:
    """Return the mean absolute error of each example in percent of the truth."""
    return np.asarray(100 * np.abs(_gaps(predicted, truth) / np.maximum(np.abs(truth), SMALLEST)).mean(axis=1))


def logarithmic(predicted: Array, truth: Array) -> Floats:
    """Return the mean squared error of each example between the logarithms of 1 plus each value."""
    both = [log(np.maximum(values.astype(np.float64), SMALLEST) + 1) for values in (predicted, truth)]
    return np.asarray(np.square(both[0] - both[1]).mean(axis=1))


def huber(predicted: Array, truth: Array) -> Floats:
    """Return the mean Huber error of each example, which turns linear at 1."""
    gaps = np.abs(_gaps(predicted, truth))
    return np.asarray(np.where(gaps <= 1, gaps**2 / 2, gaps - 0.5).mean(axis=1))


def log_cosh(predicted: Array, truth: Array) -> Floats:
    """Return each example's mean logarithm of the hyperbolic cosine of its errors."""
    gaps = np.abs(_gaps(predicted, truth))
    return np.asarray((gaps + log(1 + exp(-2 * gaps)) - math.log(2)).mean(axis=1))


ACCURACY = Metric("accuracy", 1, right, simple=True)
LOG_LOSS = Metric("log loss", -1, log_loss, bounded=False, simple=True)


def _error(name: str, contribute: Contribute, simple: bool = True) -> Metric:
    return Metric(name, -1, contribute, bounded=False, simple=simple)


ABSOLUTE, SQUARED = _error("mean absolute error", absolute), _error("mean squared error", squared)
ROOT = _error("root mean squared error", root, simple=False)
DETERMINATION = Metric("r2 score", 1, determination, bounded=False)
ERRORS = (SQUARED, ABSOLUTE, _error("Huber error", huber), _error("log-cosh error", log_cosh),
          _error("mean squared logarithmic error", logarithmic),
          _error("mean absolute percentage error", percentage))  # fmt: skip
SHORT_NAMES = {"mse": SQUARED, "mae": ABSOLUTE, "msle": ERRORS[4], "mape": ERRORS[5], "huber": ERRORS[2],
               "cosh": ERRORS[3], "percentage": ERRORS[5], "logarithmic": ERRORS[4], "squared": SQUARED,
               "absolute": ABSOLUTE}  # fmt: skip


def of_classes(name: str, classes: int) -> list[Metric]:
    """List the ways of computing a metric of classes by its name; none if the name is unknown."""
    reads = (over_threshold, likeliest)
    if "f1" in name:
        found = averages("F1", _f1, reads, classes)
        return sorted(found, key=lambda metric: "mean of the classes" not in metric.name) if classes > 2 else found
    for word, part in (("precision", _precision), ("recall", _recall), ("sensitivity", _recall)):
        if word in name:
            return averages(word, part, reads, classes)
    if "auc" in name and not {"pr", "prc"} & set(name.split("_")):
        return averages("area under the ROC curve", _auc, (buckets, ranks), classes)
    if "top" in name:
        return [Metric(f"top {k} accuracy", 1, partial(within_top, k), simple=True) for k in (5, 3, 2, 10, 1)]
    if "balanced" in name:
        return averages("recall", _recall, (likeliest,), classes)
    if "acc" in name:
        return [ACCURACY]
    return [LOG_LOSS] if "loss" in name or "entropy" in name else []


def of_values(name: str) -> list[Metric]:
    """List the ways of computing a metric of values by its name; none if the name is unknown."""
    if "root" in name or "rmse" in name:
        return [ROOT]
    if "r2" in name:
        return [DETERMINATION]
    named = next((error for word, error in SHORT_NAMES.items() if word in name), None)
    return [named] if named else [*ERRORS] if "loss" in name or "error" in name else []
