"""The average over the steps of a sequence that count."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arrays import MASKED_AVERAGE, Floats, Memory
from keras_search.tuner.training.kernels.compiled import kernel
from keras_search.tuner.training.kernels.words import Words

_0, _1 = np.float32(0), np.float32(1)


def averaged(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of an average over the steps whose number, of those that an embedding takes, is not 0."""
    steps, w = layer.input_positions, layer.width
    for i in range(n):
        mask = memory.values[layer.mask + i * layer.mask_width : layer.mask + i * layer.mask_width + steps]
        x = memory.values[layer.before + i * steps * w : layer.before + (i + 1) * steps * w]
        average(x, mask, layer.columns, memory.values[layer.after + i * w : layer.after + (i + 1) * w])


def averaged_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the gradient of its inputs."""
    steps, w = layer.input_positions, layer.width
    for i in range(n):
        mask = memory.values[layer.mask + i * layer.mask_width : layer.mask + i * layer.mask_width + steps]
        passed = memory.gradients[layer.passed, i * steps * w : (i + 1) * steps * w]
        average_back(memory.gradients[layer.gradient, i * w : (i + 1) * w], mask, passed)


AVERAGE_PASSES = {MASKED_AVERAGE: (averaged, averaged_back)}
"""The forward and backward passes, for `addresses_of`."""


@kernel
def counted(mask: Floats) -> Any:
    """Return how many steps count."""
    count = 0
    for number in mask:
        count += 1 if number != _0 else 0
    return np.float32(count)


@kernel
def average(x: Floats, mask: Floats, columns: int, y: Floats) -> None:
    """Set y `(width,)` to the average over rows of x `(steps, width)`; it is not a number if none counts."""
    width, count = len(y), counted(mask)
    y[:] = _0
    for t in range(len(mask)):
        if mask[t] != _0:
            row = x[t * width : (t + 1) * width]
            for j in range(width):
                y[j] += row[j]
    for j in range(columns):
        y[j] /= count


@kernel
def average_back(gradient: Floats, mask: Floats, passed: Floats) -> None:
    """Give each step that counts its share of the gradient."""
    width, count = len(gradient), counted(mask)
    for t in range(len(mask)):
        row = passed[t * width : (t + 1) * width]
        if mask[t] == _0:
            row[:] = _0
        else:
            for j in range(width):
                row[j] = gradient[j] / count
