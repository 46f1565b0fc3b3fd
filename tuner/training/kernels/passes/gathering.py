"""Numbers of an example in another order, repeated or left out, and sums of some of them; compiled apart."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arrays import GATHERING, SUMMING, Floats, Memory
from keras_search.tuner.training.kernels.compiled import kernel
from keras_search.tuner.training.kernels.words import Words

_0 = np.float32(0)


def _gathered(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs to the inputs at their places."""
    size, out_size = layer.input_positions * layer.input_width, layer.positions * layer.width
    x = memory.values[layer.before : layer.before + n * size]
    y = memory.values[layer.after : layer.after + n * out_size]
    places = memory.tables[layer.places : layer.places + layer.positions * layer.columns]
    gather(x, size, places, layer.columns, layer.width, y)


def _gathered_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the gradient of the inputs: the sums over the places of each."""
    size, out_size = layer.input_positions * layer.input_width, layer.positions * layer.width
    passed = memory.gradients[layer.passed, : n * size]
    places = memory.tables[layer.places : layer.places + layer.positions * layer.columns]
    scatter(memory.gradients[layer.gradient, : n * out_size], places, layer.columns, layer.width, passed, size)


def _summed(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs to the sums of the inputs."""
    size, out_size = layer.input_positions * layer.input_width, layer.positions * layer.width
    x = memory.values[layer.before : layer.before + n * size]
    y = memory.values[layer.after : layer.after + n * out_size]
    places = memory.tables[layer.places : layer.places + layer.input_positions * layer.inputs]
    scatter(x, places, layer.inputs, layer.input_width, y, out_size)


def _summed_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the gradient of each input to that of its sum."""
    size, out_size = layer.input_positions * layer.input_width, layer.positions * layer.width
    passed = memory.gradients[layer.passed, : n * size]
    passed[:] = _0
    places = memory.tables[layer.places : layer.places + layer.input_positions * layer.inputs]
    gather(memory.gradients[layer.gradient, : n * out_size], out_size, places, layer.inputs, layer.input_width, passed)


GATHERING_PASSES = {GATHERING: (_gathered, _gathered_back), SUMMING: (_summed, _summed_back)}
"""The forward and backward passes, for `addresses_of`."""


@kernel
def gather(x: Floats, size: int, places: Any, columns: int, width: int, y: Floats) -> None:
    """Set the rows of y, `width` apart, to the numbers of x at their places; `size` numbers of x are an example."""
    rows = len(places) // columns
    for i in range(len(x) // size):
        for p in range(rows):
            row = y[(i * rows + p) * width : (i * rows + p + 1) * width]
            for j in range(columns):
                row[j] = x[i * size + places[p * columns + j]]


@kernel
def scatter(x: Floats, places: Any, columns: int, width: int, y: Floats, size: int) -> None:
    """Set y to the sums of the rows of x, `width` apart, at their places; `size` numbers of y are an example."""
    rows = len(places) // columns
    y[:] = _0
    for i in range(len(y) // size):
        for p in range(rows):
            row = x[(i * rows + p) * width : (i * rows + p + 1) * width]
            for j in range(columns):
                y[i * size + places[p * columns + j]] += row[j]
