"""The forward and backward passes of pooling."""

from typing import Any

import numpy as np

from keras_search.tuner.system.cpu import LANES
from keras_search.tuner.training.kernels.arithmetic.window_tiles import (
    highest,
    highest_back,
    number_of_highest,
    share_back,
    summed,
    summed_back,
)
from keras_search.tuner.training.kernels.arrays import AVERAGE, GLOBAL_MAXIMUM, Floats
from keras_search.tuner.training.kernels.compiled import kernel

_0, _1 = np.float32(0), np.float32(1)


@kernel
def pooling(layer: Any, window: Any, x: Floats, y: Floats) -> None:
    """Set the outputs of a pooling: maxima or averages of what is in each window and in the image."""
    width = layer.width
    for out in range(len(y) // width):
        at, lines, count = inside(window, out)
        for column in range(0, width, LANES):
            begin = at * width + column
            if layer.kind == AVERAGE:
                share = _1 / np.float32(lines * count)
                summed(x, begin, lines, window.width * width, count, width, share, y, out * width + column)
            else:
                highest(x, begin, lines, window.width * width, count, width, y, out * width + column)


@kernel
def pooling_back(layer: Any, window: Any, x: Floats, y: Floats, gradient: Floats, passed: Floats) -> None:
    """Set the gradient of a pooling's inputs x from that of its outputs y.

    It goes to the first maximum, or to all of them alike if the window is the whole image, as TensorFlow has it.
    """
    width, outputs = layer.width, window.out_height * window.out_width
    size, line = window.height * window.width * width, window.width * width
    for out in range(len(y) // width):
        if out % outputs == 0:
            passed[out // outputs * size : (out // outputs + 1) * size] = _0
        at, lines, count = inside(window, out)
        for column in range(0, width, LANES):
            begin, to = at * width + column, out * width + column
            if layer.kind == AVERAGE:
                share = _1 / np.float32(lines * count)
                summed_back(passed, begin, lines, line, count, width, share, gradient, to)
            elif layer.kind == GLOBAL_MAXIMUM:
                number_of_highest(x, begin, lines, line, count, width, y, gradient, to)
                share_back(x, begin, lines, line, count, width, y, gradient, to, passed)
            else:
                highest_back(x, begin, lines, line, count, width, y, gradient, to, passed)


@kernel
def inside(window: Any, out: int) -> Any:
    """Return where the window of an output begins within the images, and how many lines and columns it has there."""
    outputs = window.out_height * window.out_width
    row, column = out % outputs // window.out_width, out % window.out_width
    top, left = row * window.stride_height - window.top, column * window.stride_width - window.left
    bottom, right = min(top + window.size_height, window.height), min(left + window.size_width, window.width)
    top, left = max(top, 0), max(left, 0)
    at = (out // outputs * window.height + top) * window.width + left
    return at, bottom - top, right - left
