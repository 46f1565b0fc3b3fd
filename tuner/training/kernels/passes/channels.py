"""The forward and backward passes of convolutions of each channel for itself."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.bits import fused
from keras_search.tuner.training.kernels.arrays import DEPTHWISE, Floats, Memory
from keras_search.tuner.training.kernels.compiled import kernel
from keras_search.tuner.training.kernels.words import Words

_0 = np.float32(0)


def filtered(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of a convolution of each channel for itself."""
    w, window, parameters = layer.width, memory.windows[layer.window], memory.parameters
    size, bias = layer.input_positions * w, parameters[layer.bias : layer.bias + w]
    for out in range(n * layer.positions):
        y = memory.values[layer.after + out * w : layer.after + (out + 1) * w]
        for j in range(w):
            y[j] = bias[j]
        for tap in range(layer.rows):
            place = place_of(window, out % layer.positions, tap)
            if place >= 0:
                at, row = layer.before + out // layer.positions * size + place * w, layer.weights + tap * w
                add_product(memory.values[at : at + w], parameters[row : row + w], y)


def filtered_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the gradient of its inputs, and in `scratch` that of its kernel."""
    w, window, parameters, slopes = layer.width, memory.windows[layer.window], memory.parameters, memory.scratch
    size = layer.input_positions * w
    passed = memory.gradients[layer.passed, : n * size]
    slopes[: layer.rows * w] = _0
    if layer.passes:
        passed[:] = _0
    for out in range(n * layer.positions):
        gradient = memory.gradients[layer.gradient, out * w : (out + 1) * w]
        for tap in range(layer.rows):
            place = place_of(window, out % layer.positions, tap)
            if place >= 0:
                at, row = out // layer.positions * size + place * w, layer.weights + tap * w
                x = memory.values[layer.before + at : layer.before + at + w]
                add_product(x, gradient, slopes[tap * w : (tap + 1) * w])
                if layer.passes:
                    add_product(gradient, parameters[row : row + w], passed[at : at + w])


CHANNEL_PASSES = {DEPTHWISE: (filtered, filtered_back)}
"""The forward and backward passes, for `addresses_of`."""


@kernel
def place_of(window: Any, out: int, tap: int) -> int:
    """Return which pixel of the image a tap of an output's window is, -1 outside."""
    row = out // window.out_width * window.stride_height - window.top
    row += tap // window.size_width * window.dilation_height
    column = out % window.out_width * window.stride_width - window.left
    column += tap % window.size_width * window.dilation_width
    inside = 0 <= row < window.height and 0 <= column < window.width
    return row * window.width + column if inside else -1


@kernel
def add_product(x: Floats, w: Floats, y: Floats) -> None:
    """Add the products of two rows to a third."""
    for j in range(len(y)):
        y[j] = fused(x[j], w[j], y[j])
