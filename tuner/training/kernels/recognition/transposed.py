"""Transposed convolutions, in which each input adds a window to the outputs: recognised, and taken apart by phases.

Outputs whose places differ by whole strides are reached by the same pixels of the kernel. They are a phase: the outputs
of a usual convolution with these pixels alone, turned around.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.training.kernels.recognition.windows import Geometry, windows_on

TRANSPOSED = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose)


@dataclass(frozen=True)
class Phase:
    """Some outputs of an example: `lines` x `count` pixels of the inputs have a share in each."""

    outputs: NDArray[np.int64]
    """Which of the outputs they are."""
    begins: NDArray[np.int64]
    """The first pixel of each one's window on the inputs with zeros around them."""
    taps: NDArray[np.int64]
    """The pixel of the kernel for each pixel of a window."""
    lines: int
    count: int


@dataclass(frozen=True)
class Phases:
    """All phases, and the inputs that they take: how many zeros are before them, and their size with zeros around."""

    each: tuple[Phase, ...]
    before: tuple[int, int]
    bordered: tuple[int, int]


@dataclass(frozen=True)
class _Side:
    """A phase along one axis."""

    outputs: list[int]
    begins: list[int]
    taps: list[int]


def has_its_windows(layer: Any) -> bool:
    """Return whether TensorFlow takes as many inputs for the outputs of a layer, and its kernel has no gaps."""
    image = tuple(layer.input.shape[1:-1])
    whole = None not in image and max(layer.dilation_rate) == 1
    return whole and reached_by(layer).outputs[-len(image) :] == image


def reached_by(layer: Any) -> Geometry:
    """Return the windows of the convolution whose gradient a layer is: from its outputs to its inputs."""
    *image, columns = layer.output.shape[1:]
    how = layer.kernel_size, layer.strides, layer.dilation_rate, layer.padding
    return windows_on(tuple(image), int(columns), *how)


def phases_of(windows: Geometry) -> Phases:
    """Return the phases of a layer by the windows that `reached_by` gives."""
    axes = [
        _sides(*each)
        for each in zip(windows.image, windows.outputs, windows.size, windows.strides, windows.before, strict=True)
    ]
    (down, *_), (right, before, bordered) = axes
    width, across = windows.image[1], windows.size[1]
    each = [
        Phase(
            _pairs(one.outputs, width, other.outputs),
            _pairs(one.begins, bordered, other.begins),
            _pairs(one.taps, across, other.taps),
            len(one.taps),
            len(other.taps),
        )
        for one, other in itertools.product(down, right)
    ]
    return Phases(tuple(each), (axes[0][1], before), (axes[0][2], bordered))


def _sides(outputs: int, inputs: int, size: int, stride: int, zeros: int) -> tuple[list[_Side], int, int]:
    """Return the phases along an axis, the zeros before the inputs, and their number with zeros on both sides."""
    before, sides = -(-size // stride) - 1, []
    for phase in range(stride):
        taps = list(range(phase, size, stride))[::-1]
        own = [out for out in range(outputs) if (out + zeros) % stride == phase]
        sides.append(_Side(own, [(out + zeros) // stride - len(taps) + 1 + before for out in own], taps))
    behind = max(begin + len(side.taps) for side in sides for begin in side.begins)
    return [side for side in sides if side.outputs], before, max(behind, before + inputs)


def _pairs(lines: list[int], length: int, columns: list[int]) -> NDArray[np.int64]:
    """List the places in lines of some length by line and column."""
    return (np.asarray(lines, np.int64)[:, None] * length + np.asarray(columns, np.int64)).reshape(-1)
