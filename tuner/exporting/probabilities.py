"""Distinguish probabilities from other numbers: probabilities are in 0-1, and the sum of each row is 1."""

from collections.abc import Mapping, Sequence

import numpy as np

from keras_search.models.problem import Target
from keras_search.tuner.data.tree import Array

ROUNDING = 1e-3
"""By how much the sum of an example's probabilities may miss 1, and one of them the range 0 to 1."""


def are_probabilities(predicted: Array, classes: int) -> bool:
    """Return whether `predicted` is a table `(n, classes)` of probabilities of two classes or more."""
    if predicted.ndim != 2 or predicted.shape[1] != classes or classes < 2 or not np.isfinite(predicted).all():
        return False
    inside = bool((predicted >= -ROUNDING).all() and (predicted <= 1 + ROUNDING).all())
    return inside and bool(np.allclose(predicted.sum(axis=1, dtype=np.float64), 1, atol=ROUNDING))


def named_as_they_are(targets: Sequence[Target], predicted: Mapping[str, Array]) -> tuple[Target, ...]:
    """Return the targets, without class names or values if their output is something else.

    `predicted` are the outputs for examples, by the name of the target.
    """
    return tuple(target if _is_so(target, predicted[target.name]) else _raw(target, predicted) for target in targets)


def _is_so(target: Target, predicted: Array) -> bool:
    if target.classifies:
        return are_probabilities(predicted, target.classes)
    return not target.other and predicted.ndim == 2 and predicted.shape[1] == target.width


def _raw(target: Target, predicted: Mapping[str, Array]) -> Target:
    return Target(target.name, shape=tuple(predicted[target.name].shape[1:]))
