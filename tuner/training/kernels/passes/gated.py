"""The product of what a recurrent layer takes and its kernel, where each gate drops inputs by a mask of its own."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.elementwise import add_to_rows, sum_rows
from keras_search.tuner.training.kernels.arithmetic.products import multiply, multiply_columns
from keras_search.tuner.training.kernels.arrays import GATED, GATES, Floats, Memory
from keras_search.tuner.training.kernels.compiled import inlined
from keras_search.tuner.training.kernels.passes.dropping import add_masked, draw_masks, masked
from keras_search.tuner.training.kernels.passes.recurrent import renew, transpose
from keras_search.tuner.training.kernels.words import Words

_0 = np.float32(0)


def gated_size(positions: int, rows: int, input_width: int, width: int, gates: int) -> int:
    """Return how many numbers the passes keep for batches of so many rows."""
    return rows * (gates + positions) * input_width + (2 * input_width + 1) * width


@inlined
def divided(layer: Any, n: int, kept: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Divide an array of `gated_size` numbers.

    It has the masks of what each gate takes, room for that, the kernel transposed, and its gradient with the bias's.
    """
    taken = n * GATES[layer.cell] * layer.input_width
    transposed = taken + n * layer.positions * layer.input_width
    slopes = transposed + layer.input_width * layer.width
    return (
        kept[:taken],
        kept[taken:transposed],
        kept[transposed:slopes],
        kept[slopes : slopes + (layer.input_width + 1) * layer.width],
    )


def gated(layer: Any, n: int, _rule: Any, _numbers: Floats, words: Words, memory: Memory) -> None:
    """Set the outputs; without words nothing is dropped."""
    w, wide, rows, drops = layer.input_width, layer.width, n * layer.positions, len(words) > 0
    count = GATES[layer.cell]
    masks, taken, _, _ = divided(layer, n, memory.kept[layer.store :])
    if drops:
        draw_masks(layer, n, layer.inputs, w, count * w, words, masks)
    x = memory.values[layer.before : layer.before + rows * w]
    y = memory.values[layer.after : layer.after + rows * wide]
    parts = count if drops else 1
    for part in range(parts):
        if drops:
            masked(x, masks, layer.positions, w, part * w, count * w, taken)
        given, column, columns = taken if drops else x, part * (wide // count), wide // parts
        weights = layer.weights + column
        multiply_columns(given, 0, w, 1, memory.parameters, weights, wide, columns, y, column, rows, layer.inputs)
    if layer.has_bias:
        add_to_rows(y, memory.parameters[layer.bias : layer.bias + wide])


def gated_back(layer: Any, n: int, rule: Any, numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the gradient of the inputs, and update the kernel and the bias."""
    w, wide, rows, count = layer.input_width, layer.width, n * layer.positions, GATES[layer.cell]
    masks, taken, transposed, slopes = divided(layer, n, memory.kept[layer.store :])
    x = memory.values[layer.before : layer.before + rows * w]
    gradient = memory.gradients[layer.gradient, : rows * wide]
    passed = memory.gradients[layer.passed, : rows * w]
    transpose(memory.parameters[layer.weights : layer.weights + w * wide], w, wide, transposed)
    passed[:] = _0
    for gate in range(count):
        column, columns = gate * (wide // count), wide // count
        masked(x, masks, layer.positions, w, gate * w, count * w, taken)
        multiply_columns(taken, 0, 1, w, gradient, column, wide, columns, slopes, column, w, rows)
        if layer.passes:
            multiply(gradient, column, wide, 1, transposed, column * w, w, taken, 0, rows, columns)
            add_masked(taken, masks, layer.positions, w, gate * w, count * w, passed)
    sum_rows(gradient, slopes[w * wide :])
    renew(layer, w * wide, wide, slopes, rule, numbers, memory)


GATED_PASSES = {GATED: (gated, gated_back)}
"""The forward and backward passes, for `addresses_of`."""
