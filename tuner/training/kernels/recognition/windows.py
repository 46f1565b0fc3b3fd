"""The windows of convolutions and pooling: where they lie on an image, and what the kernels must know of that.

A sequence is an image of one line.
"""

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D)
MAXIMA = (keras.layers.MaxPooling1D, keras.layers.MaxPooling2D)
AVERAGES = (keras.layers.AveragePooling1D, keras.layers.AveragePooling2D)
WHOLE_MAXIMA = (keras.layers.GlobalMaxPooling1D, keras.layers.GlobalMaxPooling2D)
WHOLE_AVERAGES = (keras.layers.GlobalAveragePooling1D, keras.layers.GlobalAveragePooling2D)
WHOLE = (*WHOLE_MAXIMA, *WHOLE_AVERAGES)
WINDOWED = (*CONVOLUTIONS, *MAXIMA, *AVERAGES, *WHOLE)
"""The layers that look at an example through windows."""

FEWEST = 512
"""The number of outputs that a convolution computes at a time, if there are as many."""


@dataclass(frozen=True)
class Geometry:
    """The windows on an image: sizes are (height, width), and so are the zeros before and on both sides of it."""

    image: tuple[int, int]
    channels: int
    size: tuple[int, int]
    strides: tuple[int, int]
    outputs: tuple[int, int]
    before: tuple[int, int]
    bordered: tuple[int, int]
    dilation: tuple[int, int] = (1, 1)
    """How far apart the pixels of a window are."""

    @property
    def extent(self) -> tuple[int, int]:
        """The size of a window with what lies between its pixels."""
        height, width = ((size - 1) * apart + 1 for size, apart in zip(self.size, self.dilation, strict=True))
        return height, width

    @property
    def spread(self) -> tuple[int, int]:
        """The size of the outputs' gradient with such zeros around it that each input has a window on it."""
        return self.image[0] + self.extent[0] - 1, self.image[1] + self.extent[1] - 1


def geometry_of(layer: Any) -> Geometry:
    """Return the windows of a layer on the examples that it takes."""
    *image, channels = layer.input.shape[1:]
    size, strides, padding, dilation = tuple(image), (1,) * len(image), "valid", (1,) * len(image)
    if not isinstance(layer, WHOLE):
        size = layer.kernel_size if hasattr(layer, "kernel_size") else layer.pool_size
        strides, padding = layer.strides, layer.padding
        dilation = getattr(layer, "dilation_rate", dilation)
    return windows_on(tuple(image), int(channels), size, strides, dilation, padding)


def windows_on(
    image: tuple[int, ...],
    channels: int,
    size: tuple[int, ...],
    strides: tuple[int, ...],
    dilation: tuple[int, ...],
    padding: str,
) -> Geometry:
    """Return the windows on an image of one axis or two."""
    axes = [_axis(*each, padding) for each in zip(image, size, strides, dilation, strict=True)]
    outputs, before, bordered = zip(*axes, strict=True)
    lined = [_in_plane(each) for each in (image, size, strides, outputs, before, bordered, dilation)]
    whole, window, stride, outs, zeros, around, apart = lined
    if len(image) == 1:
        zeros = (0, zeros[1])
    return Geometry(whole, channels, window, stride, outs, zeros, around, apart)


def _axis(length: int, size: int, stride: int, dilation: int, padding: str) -> tuple[int, int, int]:
    """Return the outputs along an axis, the zeros before it, and its length with all zeros, as TensorFlow has them."""
    size = (size - 1) * dilation + 1
    if padding == "valid":
        return (length - size) // stride + 1, 0, length
    if padding == "causal":
        return (length - 1) // stride + 1, size - 1, length + size - 1
    outputs = -(-length // stride)
    zeros = max((outputs - 1) * stride + size - length, 0)
    return outputs, zeros // 2, length + zeros


def _in_plane(along: Any) -> tuple[int, int]:
    """Return a size along one or two axes as (height, width)."""
    height, width = along if len(along) == 2 else (1, *along)
    return int(height), int(width)


def taps_of(windows: Geometry) -> NDArray[np.int64]:
    """List the numbers in a window on the bordered inputs by their distance from its first."""
    line, pixel, number = _steps(windows.bordered, windows.channels)
    down, right = windows.dilation
    return _places((*windows.size, windows.channels), (down * line, right * pixel, number))


def outputs_of(windows: Geometry, block: int) -> NDArray[np.int64]:
    """List the windows on the bordered inputs of `block` examples by the place of their first number."""
    line, pixel, _ = _steps(windows.bordered, windows.channels)
    steps = math.prod(windows.bordered) * windows.channels, windows.strides[0] * line, windows.strides[1] * pixel
    return _places((block, *windows.outputs), steps)


def inputs_of(windows: Geometry, columns: int, block: int) -> NDArray[np.int64]:
    """List the windows on the spread gradient of `block` examples, with `columns` numbers a pixel, for each input."""
    line, pixel, _ = _steps(windows.spread, columns)
    return _places((block, *windows.image), (math.prod(windows.spread) * columns, line, pixel))


def block_of(pixels: int) -> int:
    """Return how many examples of so many pixels are computed at a time."""
    return -(-FEWEST // pixels)


def _steps(size: tuple[int, int], channels: int) -> tuple[int, int, int]:
    return size[1] * channels, channels, 1


def _places(shape: tuple[int, ...], steps: tuple[int, ...]) -> NDArray[np.int64]:
    """List the places of an array with such a distance along each axis."""
    places = sum(index * step for index, step in zip(np.indices(shape), steps, strict=True))
    return np.asarray(places, np.int64).reshape(-1)
