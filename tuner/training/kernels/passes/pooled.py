"""The passes of convolutions before a max pooling, which are compiled apart.

The outputs of the convolution are computed for a few examples at a time, in the order of the pooling's windows; what is
kept of them is which was the highest of each window. Only these have a gradient. Channel by channel, they are listed
with the pixel where the window of each begins, and the sums are those over the lists.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.system.cpu import LANES
from keras_search.tuner.training.kernels.arithmetic.elementwise import copy
from keras_search.tuner.training.kernels.arithmetic.pooled_tiles import list_column, pooled, unpooled
from keras_search.tuner.training.kernels.arrays import POOLED_CONVOLUTION, Floats, Memory
from keras_search.tuner.training.kernels.compiled import inlined, kernel
from keras_search.tuner.training.kernels.passes.convolving import border, gather
from keras_search.tuner.training.kernels.passes.listing import add_listed, spread_listed
from keras_search.tuner.training.kernels.passes.patches import convolve_by_patches, turn_kernels
from keras_search.tuner.training.kernels.words import Words

_0 = np.float32(0)


def convolved_and_pooled(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of the pooling for a batch of `n` examples."""
    window = memory.windows[layer.window]
    if window.patched:
        turn_kernels(memory.parameters, layer.weights, window.channels, layer.width, memory.values, window.factors)
    for start in range(0, n, window.block):
        many = min(window.block, n - start)
        border(layer, window, start, many, memory)
        if window.patched:
            pool_by_patches(layer, window, start, many, memory)
        else:
            pool_by_windows(layer, window, start, many, memory)


def pooled_and_convolved_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the gradient of the convolution's inputs, and in `scratch` that of its kernel."""
    window, gradient = memory.windows[layer.window], memory.gradients[layer.gradient]
    clear(memory.scratch, 0, layer.rows * layer.width)
    if window.listed:
        back_by_lists(layer, window, n, gradient, memory.gradients[layer.passed], memory)
    else:
        back_by_rows(layer, window, n, gradient, memory)


POOLED_PASSES = {POOLED_CONVOLUTION: (convolved_and_pooled, pooled_and_convolved_back)}
"""The forward and backward passes, for `addresses_of`."""


@kernel
def clear(x: Floats, at: int, size: int) -> None:
    """Set numbers of x to zero."""
    part = x[at : at + size]
    for i in range(size):
        part[i] = _0


@inlined
def pool_by_patches(layer: Any, window: Any, start: int, many: int, memory: Memory) -> None:
    """Set the outputs for `many` examples from 4 x 4 inputs each."""
    line, out = window.bordered_width * window.channels, start * layer.positions * layer.width
    convolve_by_patches(
        memory.values, window.bordered + start * window.bordered_height * line, line, window.channels,
        memory.tables, window.outputs, window.pool, many * layer.positions, window.patches, window.factors,
        window.products, layer.width, memory.parameters, layer.bias, layer.after + out, memory.kept,
        window.chosen + out,
    )  # fmt: skip


@inlined
def pool_by_windows(layer: Any, window: Any, start: int, many: int, memory: Memory) -> None:
    """Set the outputs for `many` examples from all outputs of the convolution that the pooling takes."""
    values, w, line, pools = memory.values, layer.width, window.bordered_width * window.channels, many * layer.positions
    gather(
        values, window.bordered + start * window.bordered_height * line, memory.tables, window.outputs,
        pools * window.pool, memory.parameters, layer.weights, w, memory.parameters, layer.bias, 0,
        values, window.convolved, window.size_height, line, window.size_width * window.channels, 1,
    )  # fmt: skip
    for number in range(pools):
        come, out = window.convolved + number * window.pool * w, (start * layer.positions + number) * w
        for v in range(0, w, LANES):
            pooled(
                values, come + v, w, window.pool, values, layer.after + out + v, memory.kept, window.chosen + out + v
            )


@inlined
def back_by_rows(layer: Any, window: Any, n: int, gradient: Floats, memory: Memory) -> None:
    """Set the gradient of a small kernel: outputs without a gradient are zeros."""
    values, w, line = memory.values, layer.width, window.bordered_width * window.channels
    down, right = window.stride_height * line, window.stride_width * window.channels
    for i in range(n):
        for pool in range(layer.positions):
            out = (i * layer.positions + pool) * w
            for number in range(window.pool):
                row = window.unpooled + memory.tables[window.pooled + pool * window.pool + number] * w
                for v in range(0, w, LANES):
                    unpooled(gradient, out + v, memory.kept, window.chosen + out + v, number, values, row + v)
        gather(
            values, window.bordered + i * window.bordered_height * line, memory.tables, window.taps, layer.rows,
            values, window.unpooled, w, memory.scratch, 0, w, memory.scratch, 0,
            window.out_height, down, window.out_width, right,
        )  # fmt: skip


@inlined
def back_by_lists(layer: Any, window: Any, n: int, gradient: Floats, passed: Floats, memory: Memory) -> None:
    """Set the gradient of the kernel, and of the inputs if they have one."""
    values, columns, slopes = memory.values, layer.columns, window.slopes
    tables, pools, pixels = memory.tables, layer.positions, window.bordered_height * window.bordered_width
    length, line, wide = window.size_height * window.line, window.bordered_width * window.channels, layer.input_width
    turned = window.size_width * wide
    clear(values, slopes, columns * length)
    if layer.passes:
        turn_kernel(layer, window, memory)
    for start in range(0, n, window.back_block):
        many = min(window.back_block, n - start)
        if layer.passes:
            clear(values, window.spread, many * pixels * wide)
        for column in range(columns):
            count = list_gradients(
                gradient, start * pools * layer.width + column, memory.kept, window.chosen, layer.width, pools,
                tables, window.pooled, window.pool, pixels, window.listing, values, window.amounts, many,
            )  # fmt: skip
            if layer.passes:
                spread_listed(
                    values, window.spread, wide, window.bordered_width * wide,
                    tables, window.listing, values, window.amounts, count,
                    values, window.turned + column * window.size_height * turned, turned, window.size_height,
                )  # fmt: skip
            add_listed(
                values, window.bordered + start * window.bordered_height * line, window.channels, line,
                tables, window.listing, values, window.amounts, count,
                values, slopes + column * length, window.line, window.size_height,
            )  # fmt: skip
        if layer.passes:
            cut(layer, window, start, many, passed, memory)
    turn_slopes(layer, window, memory)


@kernel
def list_gradients(
    gradient: Floats, at: int, kept: Floats, chosen: int, width: int, pools: int,
    tables: NDArray[np.int64], table: int, pool: int, pixels: int, places: int, values: Floats, amounts: int, many: int,
) -> int:  # fmt: skip
    """List the gradients of a channel in `many` examples that are not zero, and the pixels of their windows."""
    found = 0
    for i in range(many):
        row = at + i * pools * width
        found = list_column(
            gradient, row, kept, chosen + row, width, pools, tables, table, pool, i * pixels,
            tables, places, values, amounts, found,
        )  # fmt: skip
    return found


@inlined
def turn_kernel(layer: Any, window: Any, memory: Memory) -> None:
    """Copy a kernel `(places, channels, width)` to `(columns, places, input_width)`."""
    values, places, channels, wide = (
        memory.values,
        window.size_height * window.size_width,
        window.channels,
        layer.input_width,
    )
    for place in range(places):
        for c in range(channels):
            row, out = layer.weights + (place * channels + c) * layer.width, window.turned + place * wide + c
            for j in range(layer.columns):
                values[out + j * places * wide] = memory.parameters[row + j]


@inlined
def turn_slopes(layer: Any, window: Any, memory: Memory) -> None:
    """Copy the gradient of the kernel `(columns, lines, line)`, whose lines are padded, to its place in `scratch`."""
    lines, count = window.size_height, window.size_width * window.channels
    for line in range(lines):
        for t in range(count):
            row, at = (line * count + t) * layer.width, window.slopes + line * window.line + t
            for j in range(layer.columns):
                memory.scratch[row + j] = memory.values[at + j * lines * window.line]


@inlined
def cut(layer: Any, window: Any, start: int, many: int, passed: Floats, memory: Memory) -> None:
    """Copy the gradient of the inputs, but not that of the zeros around them."""
    wide = layer.input_width
    line, size = window.width * wide, window.bordered_width * wide
    for i in range(many):
        at = window.spread + (i * window.bordered_height + window.top) * size + window.left * wide
        to = (start + i) * window.height * line
        for row in range(window.height):
            copy(memory.values[at + row * size : at + row * size + line], passed[to + row * line :])
