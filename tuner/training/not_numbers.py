"""Find NaN in inputs and weights: an activation may hide it, as TensorFlow's `relu` does and XLA's does not."""

from typing import Any

import keras
import numpy as np

from keras_search.tuner.data.tree import Array, Tree, leaves
from keras_search.tuner.system import tf_private

KEPT = 8
"""The number of arrays that are remembered, those of two data sets."""

_LOOKED_AT: dict[int, tuple[Array, bool]] = {}


def hold_nan(*trees: Tree) -> bool:
    """Return whether an array of numbers holds NaN, so that results depend on how operations propagate it."""
    return any(_holds_nan(array) for tree in trees for array in leaves(tree).values())


def weights_are_nan(model: keras.Model) -> bool:
    """Return whether a trained weight is NaN, whatever the loss is."""
    return any(_is_nan(tf_private.value_of(weight)) for weight in model.trainable_weights)


def _holds_nan(array: Array) -> bool:
    """Check an array once; the same arrays recur with each run."""
    if id(array) not in _LOOKED_AT:
        if len(_LOOKED_AT) == KEPT:
            _LOOKED_AT.clear()
        _LOOKED_AT[id(array)] = array, _is_nan(array)
    return _LOOKED_AT[id(array)][1]


def _is_nan(array: Any) -> bool:
    return array.dtype.kind == "f" and array.size > 0 and bool(np.isnan(array.min()))
