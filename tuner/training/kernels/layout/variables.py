"""Copy the variables of a model to their places in memory, and back."""

import math
from typing import Any

import numpy as np

from keras_search.tuner.system.cpu import padded


def copied_from(variable: Any, array: np.ndarray, start: int, blocks: int = 1) -> None:
    """Copy the value of a variable to its place in an array; its columns are so many blocks, each padded."""
    value = variable.numpy()
    place = _place(array, start, value.shape, blocks)
    place[...] = value.reshape(place.shape)


def copied_to(variable: Any, array: np.ndarray, start: int, blocks: int = 1) -> None:
    """Set a variable to the values at its place in an array."""
    variable.assign(_place(array, start, variable.shape, blocks).reshape(variable.shape))


def _place(array: np.ndarray, start: int, shape: tuple[int, ...], blocks: int) -> np.ndarray:
    if blocks == 0:
        shape, blocks = shape[:-1], 1
    rows, columns = math.prod(shape[:-1]), shape[-1] // blocks
    width = padded(columns)
    return array[start : start + rows * blocks * width].reshape(*shape[:-1], blocks, width)[..., :columns]
