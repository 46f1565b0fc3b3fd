"""NaN among inputs and weights: an activation may hide it, as TensorFlow's `relu` does and XLA's does not."""

from typing import Any

import keras
import numpy as np

from keras_search.tuner.data.tree import Array, Tree, leaves

KEPT = 8
"""How many arrays are remembered, those of two data sets."""

_LOOKED_AT: dict[int, tuple[Array, bool]] = {}


def hold_nan(*trees: Tree) -> bool:
    """Whether some array of numbers holds NaN, so that what comes out depends on how operations pass it on."""
    return any(_holds_nan(array) for tree in trees for array in leaves(tree).values())


def weights_are_nan(model: keras.Model) -> bool:
    """Whether a trained weight is NaN, be the loss a number or not."""
    return any(_is_nan(weight.numpy()) for weight in model.trainable_weights)


def _holds_nan(array: Array) -> bool:
    """Look at an array once; the same arrays come again with each run."""
    if id(array) not in _LOOKED_AT:
        if len(_LOOKED_AT) == KEPT:
            _LOOKED_AT.clear()
        _LOOKED_AT[id(array)] = array, _is_nan(array)
    return _LOOKED_AT[id(array)][1]


def _is_nan(array: Any) -> bool:
    return array.dtype.kind == "f" and array.size > 0 and bool(np.isnan(array.min()))
