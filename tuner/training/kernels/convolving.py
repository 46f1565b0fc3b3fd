"""The forward and backward passes of convolutions, without a matrix of all windows: tiles read each where it lies."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.system.cpu import LANES, WIDTH
from keras_search.tuner.training.kernels.arrays import Floats, Memory
from keras_search.tuner.training.kernels.compiled import inlined, kernel
from keras_search.tuner.training.kernels.tiles import ROWS
from keras_search.tuner.training.kernels.window_tiles import (
    gathered,
    gathered_narrow,
    gathered_row,
    gathered_row_narrow,
)

_0 = np.float32(0)


@inlined
def convolution(layer: Any, window: Any, tables: NDArray[np.int64], n: int, memory: Memory) -> None:
    """Set the outputs of a convolution for a batch of `n` examples."""
    values, parameters, width = memory.values, memory.parameters, layer.width
    size, line = layer.input_positions * layer.input_width, window.bordered_width * window.channels
    bordered, outputs = window.bordered_height * line, window.out_height * window.out_width
    for start in range(0, n, window.block):
        many, at = min(window.block, n - start), window.bordered + start * bordered
        if window.copied:
            for i in range(many):
                begin, to = layer.before + (start + i) * size, at + i * bordered
                to += window.top * line + window.left * window.channels
                spread(
                    values,
                    begin,
                    window.height,
                    window.width,
                    window.step,
                    window.channels,
                    values,
                    to,
                    line,
                    window.channels,
                )
        gather(
            values,
            at,
            tables,
            window.outputs,
            many * outputs,
            parameters,
            layer.weights,
            width,
            parameters,
            layer.bias,
            0,
            values,
            layer.after + start * outputs * width,
            window.size_height,
            line,
            window.size_width * window.channels,
            1,
        )


@inlined
def convolution_back(
    layer: Any, window: Any, tables: NDArray[np.int64], n: int, gradient: Floats, passed: Floats, memory: Memory
) -> None:
    """Set the gradient of a convolution's inputs from that of its outputs; that of its kernel is set in `scratch`."""
    values, scratch, width, channels = memory.values, memory.scratch, layer.width, window.channels
    line = window.bordered_width * channels
    bordered, outputs = window.bordered_height * line, window.out_height * window.out_width
    back_line = window.spread_width * layer.columns
    around, inputs = window.spread_height * back_line, window.height * window.width
    begin = (window.size_height - 1 - window.top) * back_line + (window.size_width - 1 - window.left) * layer.columns
    scratch[: layer.rows * width] = _0
    if layer.passes:
        turn(
            memory.parameters,
            layer.weights,
            width,
            window.size_height * window.size_width,
            channels,
            layer.columns,
            values,
            window.turned,
            layer.input_width,
        )
    block = window.back_block if layer.passes else n
    for start in range(0, n, block):
        many = min(block, n - start)
        if layer.passes:
            for i in range(many):
                spread(
                    gradient,
                    (start + i) * outputs * width,
                    window.out_height,
                    window.out_width,
                    width,
                    layer.columns,
                    values,
                    window.spread + i * around + begin,
                    window.stride_height * back_line,
                    window.stride_width * layer.columns,
                )
            gather(
                values,
                window.spread,
                tables,
                window.inputs,
                many * inputs,
                values,
                window.turned,
                layer.input_width,
                values,
                window.zeros,
                0,
                passed,
                start * inputs * layer.input_width,
                window.size_height,
                back_line,
                window.size_width * layer.columns,
                1,
            )
        for i in range(start, start + many):
            gather(
                values,
                window.bordered + i * bordered,
                tables,
                window.taps,
                layer.rows,
                gradient,
                i * outputs * width,
                width,
                scratch,
                0,
                width,
                scratch,
                0,
                window.out_height,
                window.stride_height * line,
                window.out_width,
                window.stride_width * channels,
            )


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
    """Set the rows of c to those of s plus products with b, as `window_tiles` has them."""
    pairs, whole = width // (2 * LANES) * (2 * LANES), rows // ROWS * ROWS
    for column in range(0, pairs, 2 * LANES):
        for r in range(0, whole, ROWS):
            gathered(
                a,
                at,
                table,
                first + r,
                b,
                bt + column,
                width,
                s,
                st + r * leap + column,
                leap,
                c,
                ct + r * width + column,
                lines,
                line,
                count,
                step,
            )
        for r in range(whole, rows):
            gathered_row(
                a,
                at,
                table,
                first + r,
                b,
                bt + column,
                width,
                s,
                st + r * leap + column,
                leap,
                c,
                ct + r * width + column,
                lines,
                line,
                count,
                step,
            )
    for column in range(pairs, width if LANES == WIDTH else pairs, LANES):
        for r in range(0, whole, ROWS):
            gathered_narrow(
                a,
                at,
                table,
                first + r,
                b,
                bt + column,
                width,
                s,
                st + r * leap + column,
                leap,
                c,
                ct + r * width + column,
                lines,
                line,
                count,
                step,
            )
        for r in range(whole, rows):
            gathered_row_narrow(
                a,
                at,
                table,
                first + r,
                b,
                bt + column,
                width,
                s,
                st + r * leap + column,
                leap,
                c,
                ct + r * width + column,
                lines,
                line,
                count,
                step,
            )


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
