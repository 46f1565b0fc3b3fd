"""Distinguish probabilities from other numbers: probabilities are in 0-1, and the sum of each row is 1."""

from collections.abc import Mapping, Sequence

import numpy as np

from keras_search.models.problem import Target
from keras_search.tuner.data.tree import Array

ROUNDING = 1e-3
"""By how much the sum of an example's probabilities may miss 1, and one of them the range 0 to 1."""


def are_probabilities(said: Array, classes: int) -> bool:
    """Return whether `said` is a table `(n, classes)` of probabilities of two classes or more."""
    if said.ndim != 2 or said.shape[1] != classes or classes < 2 or not np.isfinite(said).all():
        return False
    inside = bool((said >= -ROUNDING).all() and (said <= 1 + ROUNDING).all())
    return inside and bool(np.allclose(said.sum(axis=1, dtype=np.float64), 1, atol=ROUNDING))


def named_as_they_are(targets: Sequence[Target], said: Mapping[str, Array]) -> tuple[Target, ...]:
    """Return the targets, without class names or values if their output is something else.

    `said` are the outputs for examples, by the name of the target.
    """
    return tuple(target if _is_so(target, said[target.name]) else _raw(target, said) for target in targets)


def _is_so(target: Target, said: Array) -> bool:
    if target.classifies:
        return are_probabilities(said, target.classes)
    return not target.other and said.ndim == 2 and said.shape[1] == target.width


def _raw(target: Target, said: Mapping[str, Array]) -> Target:
    return Target(target.name, shape=tuple(said[target.name].shape[1:]))
