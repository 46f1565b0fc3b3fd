"""Metrics that follow from all predictions of an epoch: those that are not the sum of a number of each example.

They are computed in double precision, in the order of the examples.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.system.logarithm import log
from keras_search.tuner.training.kernels.arrays import Floats

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """The predictions of a model for `n` examples in the order in which it saw them, and what was right."""

    truth: Floats
    """`(n, columns)`."""
    outputs: Floats
    """`(n, columns)`."""
    weights: Floats
    """How much each example counts, `(n,)`."""

    def ratio(self, part: Doubles) -> float:
        """Return the weighted mean of a number of each example `(n,)`; 0 if nothing counts."""
        total = float(self.weights.sum(dtype=np.float64))
        return float((part * self.weights).sum(dtype=np.float64)) / total if total else 0.0


class Score(Protocol):
    """A metric of all predictions of an epoch."""

    @property
    def in_rows(self) -> bool:
        """Whether Keras refuses targets without an axis for the columns, or takes them for something else."""

    def value(self, told: Told) -> float:
        """Return the metric."""


@dataclass(frozen=True)
class Counted:
    """A metric of the true and false positives and negatives, at some thresholds; of several, the mean."""

    of: Callable[[Doubles, Doubles, Doubles, Doubles], Doubles]
    """Takes these four numbers, each `(thresholds,)`."""
    thresholds: tuple[float, ...]
    column: int | None = None
    """The only column that counts; all count if there is none."""
    in_rows = False

    def value(self, told: Told) -> float:
        """Return the metric."""
        columns = slice(None) if self.column is None else slice(self.column, self.column + 1)
        truth, outputs = told.truth[:, columns] != 0, told.outputs[:, columns]
        weights, counts = told.weights[:, None].astype(np.float64), []
        for threshold in self.thresholds:
            positive = outputs > np.float32(threshold)
            kinds = (truth & positive, ~truth & positive, ~truth & ~positive, truth & ~positive)
            counts.append([float((kind * weights).sum()) for kind in kinds])
        return float(np.mean(self.of(*np.array(counts).T)))


@dataclass(frozen=True)
class Curve:
    """The area under a curve over evenly distributed thresholds, as `keras.metrics.AUC` computes it."""

    area: Callable[[Doubles, Doubles, Doubles, Doubles], float]
    """Takes the true and false positives and negatives above each threshold, `(thresholds,)`."""
    thresholds: int
    by_column: bool = False
    """Whether it is the mean over the columns."""
    of_logits: bool = False
    in_rows = False

    def value(self, told: Told) -> float:
        """Return the metric."""
        outputs = np.array(told.outputs)
        if self.of_logits:
            from keras_search.tuner.training.kernels.losses.shares import to_chances  # imports Numba

            to_chances(outputs.reshape(-1))
        columns = outputs.shape[1]
        if not self.by_column:
            return self._area(told.truth.reshape(-1), outputs.reshape(-1), np.repeat(told.weights, columns))
        areas = [self._area(told.truth[:, j], outputs[:, j], told.weights) for j in range(columns)]
        return float(np.mean(areas))

    def _area(self, truth: Floats, outputs: Floats, weights: Floats) -> float:
        known = ~np.isnan(outputs)
        places = np.ceil(np.clip(outputs[known], 0, 1) * np.float32(self.thresholds - 1)) - 1
        places, right = np.maximum(places, 0).astype(np.int64), truth[known] != 0
        above: list[Any] = []
        for counts in (right, ~right):
            each = np.bincount(places, weights[known].astype(np.float64) * counts, self.thresholds)
            above.append(np.cumsum(each[::-1])[::-1])
        totals = [float((weights.astype(np.float64) * counts).sum()) for counts in (truth != 0, truth == 0)]
        return self.area(above[0], above[1], totals[1] - above[1], totals[0] - above[0])


def ratio(part: Doubles, whole: Doubles) -> Doubles:
    """Divide; 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)


def area_of_roc(heights: Callable[[Doubles, Doubles], Doubles]) -> Callable[..., float]:
    """Return the area under the true positive rate over the false one; `heights` takes those at both ends of steps."""

    def area(tp: Doubles, fp: Doubles, tn: Doubles, fn: Doubles) -> float:
        return _riemann(ratio(fp, fp + tn), ratio(tp, tp + fn), heights)

    return area


def area_of_precision(heights: Callable[[Doubles, Doubles], Doubles]) -> Callable[..., float]:
    """Return the area under the precision over the recall."""

    def area(tp: Doubles, fp: Doubles, _tn: Doubles, fn: Doubles) -> float:
        return _riemann(ratio(tp, tp + fn), ratio(tp, tp + fp), heights)

    return area


def _riemann(x: Doubles, y: Doubles, heights: Callable[[Doubles, Doubles], Doubles]) -> float:
    return float(((x[:-1] - x[1:]) * heights(y[:-1], y[1:])).sum())


def interpolated_precision(tp: Doubles, fp: Doubles, _tn: Doubles, fn: Doubles) -> float:
    """Return the area under the precision over the recall, by Davis and Goadrich (2006), section 4."""
    positives = tp + fp
    before, after = positives[:-1], positives[1:]
    gained = tp[:-1] - tp[1:]
    slope = ratio(gained, np.maximum(before - after, 0))
    base = tp[1:] - slope * after
    growth = np.where((before > 0) & (after > 0), ratio(before, after), 1.0)
    return float(ratio(slope * (gained + base * log(growth)), tp[1:] + fn[1:]).sum())


@dataclass(frozen=True)
class Harmonic:
    """The F score: the weighted harmonic mean of precision and recall."""

    average: str | None
    beta: float
    threshold: float | None
    epsilon: float
    in_rows = True

    def value(self, told: Told) -> float:
        """Return the metric; without an average over the classes, the mean of those."""
        outputs, truth = told.outputs, told.truth.astype(np.float64)
        if self.threshold is None:
            chosen = (outputs >= outputs.max(axis=1, keepdims=True)) & (np.abs(outputs) > np.float32(1e-9))
        else:
            chosen = outputs > np.float32(self.threshold)
        axis = None if self.average == "micro" else 0
        weights, said = told.weights[:, None].astype(np.float64), chosen.astype(np.float64)
        both, most, least, support = (
            (part * weights).sum(axis=axis) for part in (said * truth, said * (1 - truth), (1 - said) * truth, truth)
        )
        precision, recall = both / (both + most + self.epsilon), both / (both + least + self.epsilon)
        square = self.beta**2
        each = precision * recall / (square * precision + recall + self.epsilon) * (1 + square)
        if self.average == "weighted":
            return float((each * support / (support.sum() + self.epsilon)).sum())
        return float(np.mean(each))


@dataclass(frozen=True)
class Top:
    """The share of examples whose class is among the `k` likeliest."""

    k: int
    in_rows = False

    def value(self, told: Told) -> float:
        """Return the metric."""
        own = np.take_along_axis(told.outputs, told.truth.argmax(axis=1)[:, None], axis=1)
        among = (told.outputs > own).sum(axis=1) < self.k
        return told.ratio((among & np.isfinite(told.outputs).all(axis=1)).astype(np.float64))


@dataclass(frozen=True)
class Mean:
    """The mean over the examples of a number that each has, or the root of that."""

    of: Callable[[Doubles, Doubles], Doubles]
    """Takes truth and outputs `(n, columns)`, returns `(n,)`."""
    root: bool = False
    exact: bool = False
    """Whether Keras compares the targets before they are rounded to single precision."""
    in_rows: bool = False
    """Whether Keras compares targets without an axis for the columns with the outputs of all examples."""
    of_sides: bool = False
    """Whether the targets are to be -1 and 1, or 0 and 1."""

    def value(self, told: Told) -> float:
        """Return the metric."""
        mean = told.ratio(self.of(told.truth.astype(np.float64), told.outputs.astype(np.float64)))
        return float(np.sqrt(mean)) if self.root else mean


@dataclass(frozen=True)
class Explained:
    """The coefficient of determination; of several columns the mean, by their variance if `by_variance`."""

    by_variance: bool
    in_rows = True

    def value(self, told: Told) -> float:
        """Return the metric."""
        truth, weights = told.truth.astype(np.float64), told.weights[:, None].astype(np.float64)
        count = weights.sum()
        around = (weights * (truth - (weights * truth).sum(axis=0) / count) ** 2).sum(axis=0)
        missed = (weights * (truth - told.outputs.astype(np.float64)) ** 2).sum(axis=0)
        each = 1 - missed / around
        each = np.where(np.isinf(each), 0.0, each)
        return float((around * each).sum() / around.sum() if self.by_variance else each.mean())
