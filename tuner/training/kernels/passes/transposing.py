"""The forward and backward passes of transposed convolutions.

Backward it is the convolution from the outputs to the inputs; forward it is one with some pixels of the kernel for each
phase.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.training.kernels.arithmetic.elementwise import copy, sum_rows
from keras_search.tuner.training.kernels.arrays import PHASE, TRANSPOSED, Floats, Memory
from keras_search.tuner.training.kernels.compiled import inlined, kernel
from keras_search.tuner.training.kernels.passes.convolving import gather, spread
from keras_search.tuner.training.kernels.passes.layers import apply
from keras_search.tuner.training.kernels.words import Words

_0 = np.float32(0)


def reached(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of a transposed convolution."""
    window, values, channels = memory.windows[layer.window], memory.values, layer.inputs
    places = window.size_height * window.size_width
    turns = memory.tables[window.turns : window.turns + places]
    kernel_rows = memory.parameters[layer.weights : layer.weights + layer.rows * layer.input_width]
    turn(kernel_rows, turns, layer.columns, channels, values[window.turned :], layer.width)
    line = window.spread_width * channels
    inner = window.spread + window.before_height * line + window.before_width * channels
    size, around = layer.input_positions * layer.input_width, window.spread_height * line
    for start in range(0, n, window.back_block):
        many = min(window.back_block, n - start)
        for i in range(many):
            at, to = layer.before + (start + i) * size, inner + i * around
            height, width, step = window.out_height, window.out_width, layer.input_width
            spread(values, at, height, width, step, channels, values, to, line, channels)
        for phase in range(window.phase_count):
            begin = window.phases + phase * PHASE
            reach(layer, window, memory.tables[begin : begin + PHASE], start, many, line, memory)


@inlined
def reach(layer: Any, window: Any, phase: NDArray[np.int64], start: int, many: int, line: int, memory: Memory) -> None:
    """Set the outputs of a phase for `many` examples, from `start` on."""
    values, parameters, width, channels = memory.values, memory.parameters, layer.width, layer.inputs
    begins, outputs, each, lines, count, first = phase[0], phase[1], phase[2], phase[3], phase[4], phase[5]
    if lines * count:
        gather(
            values, window.spread, memory.tables, begins, many * each,
            values, window.turned + first * channels * width, width, parameters, layer.bias, 0,
            values, window.products, lines, line, count * channels, 1,
        )  # fmt: skip
    after = layer.after + start * layer.positions * width
    for row in range(many * each):
        to, at = after + memory.tables[outputs + row] * width, window.products + row * width
        if lines * count:
            copy(values[at : at + width], values[to : to + width])
        else:
            copy(parameters[layer.bias : layer.bias + width], values[to : to + width])


def reached_back(layer: Any, n: int, rule: Any, numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the gradient of its inputs, and update its parameters."""
    window, width, wide, scratch = memory.windows[layer.window], layer.width, layer.input_width, memory.scratch
    gradient = memory.gradients[layer.gradient, : n * layer.positions * width]
    scratch[: layer.rows * wide] = _0
    for start in range(0, n, window.block):
        convolve(layer, window, start, min(window.block, n - start), gradient, memory)
    if layer.has_bias:
        at = layer.rows * wide
        sum_rows(gradient, scratch[at : at + width])
        apply(rule, numbers, memory, layer.bias, width, at, layer.bias_l1, layer.bias_l2)
    apply(rule, numbers, memory, layer.weights, layer.rows * wide, 0, layer.l1, layer.l2)


@inlined
def convolve(layer: Any, window: Any, start: int, many: int, gradient: Floats, memory: Memory) -> None:
    """Set the gradient of the inputs of `many` examples, and add that of the kernel to `scratch`."""
    values, tables, columns, wide = memory.values, memory.tables, layer.columns, layer.input_width
    scratch, passed = memory.scratch, memory.gradients[layer.passed]
    line, size, inputs = window.bordered_width * columns, layer.positions * layer.width, layer.input_positions
    around, inner = window.bordered_height * line, window.bordered + window.top * line + window.left * columns
    for i in range(many):
        at, to = (start + i) * size, inner + i * around
        spread(gradient, at, window.height, window.width, layer.width, columns, values, to, line, columns)
    if layer.passes:
        gather(
            values, window.bordered, tables, window.outputs, many * inputs,
            memory.parameters, layer.weights, wide, values, window.zeros, 0,
            passed, start * inputs * wide, window.size_height, line, window.size_width * columns, 1,
        )  # fmt: skip
    for i in range(many):
        gather(
            values, window.bordered + i * around, tables, window.taps, layer.rows,
            values, layer.before + (start + i) * inputs * wide, wide, scratch, 0, wide, scratch, 0,
            window.out_height, window.stride_height * line, window.out_width, window.stride_width * columns,
        )  # fmt: skip


TRANSPOSED_PASSES = {TRANSPOSED: (reached, reached_back)}
"""The forward and backward passes, for `addresses_of`."""


@kernel
def turn(w: Floats, turns: NDArray[np.int64], columns: int, channels: int, y: Floats, width: int) -> None:
    """Copy a kernel `(places, columns, wide)`, places in the order of `turns`, to y `(places, channels, width)`."""
    wide = len(w) // (len(turns) * columns)
    for place in range(len(turns)):
        for j in range(columns):
            row = (turns[place] * columns + j) * wide
            for c in range(channels):
                y[(place * channels + c) * width + j] = w[row + c]
