"""The forward and backward passes of convolutions, without a matrix of all windows: tiles read each where it lies."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.system.cpu import LANES, WIDTH
from keras_search.tuner.training.kernels.arithmetic.tiles import ROWS
from keras_search.tuner.training.kernels.arithmetic.window_tiles import (
    gathered,
    gathered_narrow,
    gathered_row,
    gathered_row_narrow,
)
from keras_search.tuner.training.kernels.arrays import Floats, Memory
from keras_search.tuner.training.kernels.compiled import inlined, kernel

_0 = np.float32(0)


@inlined
def convolution(layer: Any, window: Any, tables: NDArray[np.int64], n: int, memory: Memory) -> None:
    """Set the outputs of a convolution for a batch of `n` examples."""
    values, parameters, width = memory.values, memory.parameters, layer.width
    line = window.bordered_width * window.channels
    bordered, outputs = window.bordered_height * line, window.out_height * window.out_width
    parts, lines, hop, count, leap = parts_of(window, line, window.channels)
    for start in range(0, n, window.block):
        many, at = min(window.block, n - start), window.bordered + start * bordered
        border(layer, window, start, many, memory)
        to, kernel_rows = layer.after + start * outputs * width, lines * count * width
        for part in range(parts):
            a, b = at + part * leap, layer.weights + part * kernel_rows
            s, st, sums = (parameters, layer.bias, 0) if part == 0 else (values, to, width)
            gather(
                values, a, tables, window.outputs, many * outputs,
                parameters, b, width, s, st, sums, values, to, lines, hop, count, 1,
            )  # fmt: skip


@inlined
def border(layer: Any, window: Any, start: int, many: int, memory: Memory) -> None:
    """Copy the inputs of `many` examples to where there are zeros around them, if they have such a place."""
    size, channels = layer.input_positions * layer.input_width, window.channels
    line = window.bordered_width * channels
    bordered, height, across, step = window.bordered_height * line, window.height, window.width, window.step
    if window.copied:
        inner = window.bordered + start * bordered + window.top * line + window.left * channels
        for i in range(many):
            begin, to = layer.before + (start + i) * size, inner + i * bordered
            spread(memory.values, begin, height, across, step, channels, memory.values, to, line, channels)


@inlined
def parts_of(window: Any, line: int, pixel: int) -> Any:
    """Return in how many parts a window is read: parts, lines of each, how far apart, their numbers, and the parts.

    It is read at once, line by line, unless the pixels of a line lie apart: then each of these is a part, and each of
    its pixels a line.
    """
    down, right = window.dilation_height * line, window.dilation_width * pixel
    if window.dilation_width == 1:
        return 1, window.size_height, down, window.size_width * pixel, 0
    return window.size_height, window.size_width, right, pixel, down


@inlined
def convolution_back(
    layer: Any, window: Any, tables: NDArray[np.int64], n: int, gradient: Floats, passed: Floats, memory: Memory
) -> None:
    """Set the gradient of a convolution's inputs from that of its outputs; that of its kernel is set in `scratch`."""
    memory.scratch[: layer.rows * layer.width] = _0
    if layer.passes:
        parameters, values = memory.parameters, memory.values
        places, weights, turned = window.size_height * window.size_width, layer.weights, window.turned
        turn(
            parameters, weights, layer.width, places, window.channels, layer.columns, values, turned, layer.input_width
        )
    block = window.back_block if layer.passes else n
    for start in range(0, n, block):
        many = min(block, n - start)
        if layer.passes:
            pass_back(layer, window, tables, start, many, gradient, passed, memory)
        add_to_kernel(layer, window, tables, start, many, gradient, memory)


@inlined
def pass_back(
    layer: Any,
    window: Any,
    tables: NDArray[np.int64],
    start: int,
    many: int,
    gradient: Floats,
    passed: Floats,
    memory: Memory,
) -> None:
    """Set the gradient of the inputs of `many` examples: the turned kernel over the gradient with zeros around it."""
    values, columns, width = memory.values, layer.columns, layer.input_width
    back_line = window.spread_width * columns
    around, size = window.spread_height * back_line, window.out_height * window.out_width * layer.width
    inner = window.spread + ((window.size_height - 1) * window.dilation_height - window.top) * back_line
    inner += ((window.size_width - 1) * window.dilation_width - window.left) * columns
    down, right, height, across = window.stride_height, window.stride_width, window.out_height, window.out_width
    for i in range(many):
        at, to = (start + i) * size, inner + i * around
        spread(gradient, at, height, across, layer.width, columns, values, to, down * back_line, right * columns)
    inputs, (parts, lines, hop, count, leap) = window.height * window.width, parts_of(window, back_line, columns)
    to, kernel_rows = start * inputs * width, lines * count * width
    for part in range(parts):
        a, b = window.spread + part * leap, window.turned + part * kernel_rows
        s, st, sums = (values, window.zeros, 0) if part == 0 else (passed, to, width)
        gather(
            values, a, tables, window.inputs, many * inputs,
            values, b, width, s, st, sums, passed, to, lines, hop, count, 1,
        )  # fmt: skip


@inlined
def add_to_kernel(
    layer: Any, window: Any, tables: NDArray[np.int64], start: int, many: int, gradient: Floats, memory: Memory
) -> None:
    """Add the gradient of the kernel by `many` examples to `scratch`: each tap's inputs by the outputs' gradient."""
    scratch, channels, width = memory.scratch, window.channels, layer.width
    line, lines, count = window.bordered_width * channels, window.out_height, window.out_width
    down, right, taps = window.stride_height * line, window.stride_width * channels, window.taps
    for i in range(start, start + many):
        at, g = window.bordered + i * window.bordered_height * line, i * lines * count * width
        gather(
            memory.values, at, tables, taps, layer.rows,
            gradient, g, width, scratch, 0, width, scratch, 0, lines, down, count, right,
        )  # fmt: skip


def _down(tile: Any, height: int) -> Any:
    """Make the loop over the rows from `first` to before `last`, by tiles of `height` of them."""

    @kernel
    def tiles(
        a: Floats,
        at: int,
        table: NDArray[np.int64],
        first: int,
        last: int,
        b: Floats,
        bt: int,
        width: int,
        s: Floats,
        st: int,
        leap: int,
        c: Floats,
        ct: int,
        lines: int,
        line: int,
        count: int,
        step: int,
    ) -> None:
        for r in range(0, last - first, height):
            row, to = st + r * leap, ct + r * width
            tile(a, at, table, first + r, b, bt, width, s, row, leap, c, to, lines, line, count, step)

    return tiles


_tiles, _tiles_narrow = _down(gathered, ROWS), _down(gathered_narrow, ROWS)
_rows, _rows_narrow = _down(gathered_row, 1), _down(gathered_row_narrow, 1)


@kernel
def gather(
    a: Floats,
    at: int,
    table: NDArray[np.int64],
    first: int,
    rows: int,
    b: Floats,
    bt: int,
    width: int,
    s: Floats,
    st: int,
    leap: int,
    c: Floats,
    ct: int,
    lines: int,
    line: int,
    count: int,
    step: int,
) -> None:
    """Set the rows of c to those of s plus products with b, as `window_tiles` has them.

    The arguments are not grouped in tuples, from which an epoch would take a tenth longer.
    """
    pairs, whole = width // (2 * LANES) * (2 * LANES), rows // ROWS * ROWS
    mid, end, sm, cm = first + whole, first + rows, st + whole * leap, ct + whole * width
    for v in range(0, pairs, 2 * LANES):
        _tiles(a, at, table, first, mid, b, bt + v, width, s, st + v, leap, c, ct + v, lines, line, count, step)
        _rows(a, at, table, mid, end, b, bt + v, width, s, sm + v, leap, c, cm + v, lines, line, count, step)
    for v in range(pairs, width if LANES == WIDTH else pairs, LANES):
        _tiles_narrow(a, at, table, first, mid, b, bt + v, width, s, st + v, leap, c, ct + v, lines, line, count, step)
        _rows_narrow(a, at, table, mid, end, b, bt + v, width, s, sm + v, leap, c, cm + v, lines, line, count, step)


@kernel
def spread(
    x: Floats, at: int, height: int, width: int, step: int, channels: int, y: Floats, to: int, line: int, pixel: int
) -> None:
    """Copy the pixels of an image, `step` numbers apart, of which `channels` count, to others in y.

    Two of those beside each other are `pixel` numbers apart, and two below each other `line`.
    """
    for row in range(height):
        begin, out = at + row * width * step, to + row * line
        if step == channels and pixel == channels:
            for j in range(width * channels):
                y[out + j] = x[begin + j]
        else:
            for column in range(width):
                for j in range(channels):
                    y[out + column * pixel + j] = x[begin + column * step + j]


@kernel
def turn(
    w: Floats, at: int, width: int, places: int, channels: int, columns: int, y: Floats, to: int, out_width: int
) -> None:
    """Copy a kernel `(places, channels, width)` to y `(places, columns, out_width)`, the last place first."""
    for place in range(places):
        for c in range(channels):
            row, out = at + (place * channels + c) * width, to + (places - 1 - place) * columns * out_width + c
            for j in range(columns):
                y[out + j * out_width] = w[row + j]
