"""Distinguish rounding from error: how far an exported file's results may differ from the measured ones."""

from dataclasses import dataclass

import numpy as np

from keras_search.models.problem import Target
from keras_search.tuner.data.tree import Array

TOLERANCE = 1e-5
"""The largest difference of a probability, or of a value in standard deviations of its target, due to rounding.

Runtimes add up a layer's float32 products in different orders and approximate exp, erf and tanh differently, each
to about 1e-7 of the value; through the layers of a network such errors grow to some 1e-6 of a probability. A wrong
weight, axis or epsilon moves some probability by far more than 1e-5.
"""
ROUNDINGS = 16
"""The number of float32 roundings, each 1.2e-7 of the value, that are allowed in addition: a value far from 0 for its
spread, such as a year, cannot be more exact."""


@dataclass(frozen=True)
class Agreement:
    """The distance of one output from the measured one, and the allowed one; for classes, also the labels that differ.

    `ties` of these differ between two classes that are equally probable within the tolerance, `wrong` are the others.
    """

    largest_difference: float
    tolerance: float
    wrong: int = 0
    ties: int = 0

    @property
    def holds(self) -> bool:
        """True if the difference is rounding."""
        return self.largest_difference <= self.tolerance and not self.wrong


def agreement(target: Target, found: Array, measured: Array, truth: Array) -> Agreement:
    """Compare a file's output, `(n, ...)`, with the measured one; `truth` is the target's.

    NaN, or another shape, is infinitely far away.
    """
    if found.shape != measured.shape or not np.isfinite(found).all():
        return Agreement(float("inf"), TOLERANCE, wrong=len(measured) if target.classifies else 0)
    gaps = np.abs(found.astype(np.float64) - measured)
    if target.classifies:
        return Agreement(float(gaps.max()), TOLERANCE, *_labels(found, measured))
    allowed = _allowed(measured, truth)
    largest = np.atleast_1d(gaps.max(axis=0))
    worst = int(np.argmax(largest / allowed))
    return Agreement(float(largest.flat[worst]), float(allowed.flat[worst]))


def _allowed(measured: Array, truth: Array) -> Array:
    """Return the largest difference that is rounding, by place in an example.

    It is relative to the spread of the truth or, if that is of another kind, of all measured outputs.
    """
    if truth.shape == measured.shape and truth.dtype.kind == "f":
        spread = truth.std(axis=0, dtype=np.float64)
    else:
        spread = np.full(measured.shape[1:], measured.std(dtype=np.float64))
    size = np.abs(measured).max(axis=0).astype(np.float64)
    allowed: Array = TOLERANCE * spread + ROUNDINGS * np.finfo(np.float32).eps * size
    return np.atleast_1d(np.maximum(allowed, np.finfo(np.float32).tiny))


def _labels(found: Array, measured: Array) -> tuple[int, int]:
    """Count the labels that differ between two tables of probabilities `(n, classes)`, and those that are ties."""
    here, there = found.argmax(axis=1), measured.argmax(axis=1)
    rows = np.flatnonzero(here != there)
    tied = int(np.sum(measured[rows, there[rows]] - measured[rows, here[rows]] <= TOLERANCE))
    return len(rows) - tied, tied
