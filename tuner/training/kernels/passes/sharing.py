"""The softmax of rows within a network, such as gates; compiled apart."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.elementwise import exp
from keras_search.tuner.training.kernels.arithmetic.sums import row_dot, row_sum
from keras_search.tuner.training.kernels.arrays import SHARES, Floats, Memory
from keras_search.tuner.training.kernels.words import Words

_0 = np.float32(0)


def _shared(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of a softmax."""
    w, columns = layer.width, layer.columns
    for i in range(n * layer.positions):
        row = memory.values[layer.before + i * w : layer.before + (i + 1) * w]
        out = memory.values[layer.after + i * w : layer.after + (i + 1) * w]
        top = row[0]
        for j in range(1, columns):
            top = row[j] if row[j] > top else top
        for j in range(columns):
            out[j] = exp(row[j] - top)
        total = row_sum(out, columns)
        for j in range(columns):
            out[j] /= total


def _shared_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Convert the gradient of a softmax's outputs to that of its inputs."""
    w, columns = layer.width, layer.columns
    for i in range(n * layer.positions):
        out = memory.values[layer.after + i * w : layer.after + (i + 1) * w]
        gradient = memory.gradients[layer.gradient, i * w : (i + 1) * w]
        mean = row_dot(out, gradient, columns)
        for j in range(columns):
            gradient[j] = out[j] * (gradient[j] - mean)


SHARING_PASSES = {SHARES: (_shared, _shared_back)}
"""The forward and backward passes, for `addresses_of`."""
