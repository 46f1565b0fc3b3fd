"""Copy the variables of a model to their places in memory, and back."""

import math
from typing import Any

import numpy as np

from keras_search.tuner.system import tf_private
from keras_search.tuner.system.cpu import padded


def copied_from(variable: Any, array: np.ndarray, start: int, blocks: int = 1) -> None:
    """Copy the value of a variable to its place in an array; its columns are so many blocks, each padded."""
    value = tf_private.value_of(variable)
    place = _place(array, start, value.shape, blocks)
    place[...] = value.reshape(place.shape)


def copied_to(variable: Any, array: np.ndarray, start: int, blocks: int = 1) -> None:
    """Set a variable to the values at its place in an array."""
    shape = tuple(variable.shape)
    tf_private.set_value(variable, _place(array, start, shape, blocks).reshape(shape))


def _place(array: np.ndarray, start: int, shape: tuple[int, ...], blocks: int) -> np.ndarray:
    if blocks == 0:
        shape, blocks = (*shape[:-2], shape[-2] * shape[-1]), 1
    rows, columns = math.prod(shape[:-1]), shape[-1] // abs(blocks)
    width = padded(columns)
    if blocks < 0:
        stacked = array[start : start - rows * blocks * width].reshape(-blocks, *shape[:-1], width)
        return np.moveaxis(stacked, 0, -2)[..., :columns]
    return array[start : start + rows * blocks * width].reshape(*shape[:-1], blocks, width)[..., :columns]
