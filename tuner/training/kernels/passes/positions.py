"""Examples with several rows of numbers, such as the pixels of an image: the same numbers as one row, and back."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arrays import Floats
from keras_search.tuner.training.kernels.compiled import kernel

_0 = np.float32(0)


@kernel
def arrange(
    x: Floats, positions: int, columns: int, width: int, y: Floats, out_positions: int, out_columns: int, out_width: int
) -> None:
    """Set the rows of each example in y to the numbers of its rows in x; of x or of y, it has only one.

    x is `(n, positions, width)`, of which `columns` are numbers and the others padding, and so is y.
    """
    size, out_size, each = positions * width, out_positions * out_width, min(columns, out_columns)
    step, out_step = width if positions > 1 else each, out_width if out_positions > 1 else each
    y[:] = _0
    for i in range(len(x) // size):
        for p in range(max(positions, out_positions)):
            row, out = x[i * size + p * step :], y[i * out_size + p * out_step :]
            for j in range(each):
                out[j] = row[j]


@kernel
def arranged(layer: Any, x: Floats, y: Floats) -> None:
    """Set the outputs of a layer that only arranges its inputs."""
    arrange(x, layer.input_positions, layer.inputs, layer.input_width, y, layer.positions, layer.columns, layer.width)


@kernel
def arranged_back(layer: Any, gradient: Floats, passed: Floats) -> None:
    """Arrange the gradient of such a layer's outputs as its inputs."""
    arrange(
        gradient,
        layer.positions,
        layer.columns,
        layer.width,
        passed,
        layer.input_positions,
        layer.inputs,
        layer.input_width,
    )
