"""Where the gradients of a network's values are during a backward pass: in few rows, which are used again."""

import itertools

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.training.kernels.arrays import (
    ARRANGING,
    ATTENTION,
    AVERAGE,
    BLENDING,
    COMBINING,
    CONVOLUTION,
    DENSE,
    DEPTHWISE,
    GATED,
    GATHERING,
    GLOBAL_MAXIMUM,
    MASKED_AVERAGE,
    MAXIMUM,
    MERGING,
    PLACING,
    POOLED_CONVOLUTION,
    RECURRENT,
    SUMMING,
    TRANSPOSED,
)

ELSEWHERE = (
    *(DENSE, MERGING, ARRANGING, PLACING, BLENDING, RECURRENT, MASKED_AVERAGE, GATED, GATHERING, SUMMING),
    *(COMBINING, CONVOLUTION, POOLED_CONVOLUTION, DEPTHWISE, TRANSPOSED, MAXIMUM, AVERAGE, GLOBAL_MAXIMUM),
    ATTENTION,
)
"""The kinds of layers whose inputs have a gradient in another row than their outputs."""


def assign_gradients(layers: NDArray[np.void], compared: list[int]) -> int:
    """Set the rows of `Memory.gradients` in the records of layers, the last first; return the number of rows.

    `compared` are the outputs that losses take; their gradients are in the first rows. Most layers convert the gradient
    of their outputs to that of their inputs in its row; only those of `ELSEWHERE` write to another.
    """
    rows, count = {after: row for row, after in enumerate(compared)}, len(compared)
    for number in range(len(layers) - 1, -1, -1):
        layer = layers[number]
        before, after = int(layer["before"]), int(layer["after"])
        if layer["learns"]:
            layer["gradient"] = layer["passed"] = rows[after]
            if layer["kind"] in ELSEWHERE:
                layer["passed"] = next(row for row in itertools.count() if row not in rows.values())
            count = max(count, int(layer["passed"]) + 1)
        if layer["passes"]:
            layer["joins"] = before in rows
            layer["joined"] = rows.setdefault(before, int(layer["passed"]))
        if after not in layers["after"][:number]:
            rows.pop(after, None)
    return count
