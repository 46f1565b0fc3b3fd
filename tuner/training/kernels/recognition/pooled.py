"""Convolutions whose outputs only a max pooling takes: recognised, and the places that both look at.

Each window of such a pooling lets one gradient through, so most outputs of the convolution have none.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.training.kernels.recognition.graph import Part
from keras_search.tuner.training.kernels.recognition.windows import CONVOLUTIONS, MAXIMA, Geometry, geometry_of

FEWEST_CHANNELS = 16
"""The channels from which on patches of inputs are worth being turned."""


@dataclass(frozen=True)
class PooledConvolution:
    """A convolution, and the max pooling that alone takes its outputs."""

    layer: Any
    pooling: Any

    @property
    def input(self) -> Any:
        """The tensor that the convolution takes."""
        return self.layer.input

    @property
    def output(self) -> Any:
        """The tensor that the pooling gives."""
        return self.pooling.output

    @property
    def kernel(self) -> Any:
        """The kernel of the convolution."""
        return self.layer.kernel


def with_pooled_convolutions(parts: list[Part], compared: tuple[int, ...]) -> tuple[tuple[Part, ...], tuple[int, ...]]:
    """Make one part of each convolution and the max pooling that alone takes it; number all parts anew."""
    changed, numbers = list(parts), list(range(len(parts)))
    for number, part in enumerate(parts):
        if isinstance(part.what, MAXIMA) and _can_join(parts, part):
            (before,) = part.takes
            changed[before] = replace(parts[before], what=PooledConvolution(parts[before].what, part.what))
            numbers[number] = before
    kept = sorted(set(numbers))
    new = [kept.index(number) for number in numbers]
    joined = (replace(changed[number], takes=tuple(new[each] for each in changed[number].takes)) for number in kept)
    return tuple(joined), tuple(new[number] for number in compared)


def _can_join(parts: list[Part], pooling: Part) -> bool:
    """Return whether a max pooling alone takes a convolution, and its windows lie in the image, each apart."""
    (before,) = pooling.takes
    convolution = parts[before].what
    if not isinstance(convolution, CONVOLUTIONS) or sum(part.takes.count(before) for part in parts) > 1:
        return False
    windows, pools = geometry_of(convolution), geometry_of(pooling.what)
    apart = all(size <= stride for size, stride in zip(pools.size, pools.strides, strict=True))
    within = pools.bordered == pools.image
    return apart and within and math.prod(pools.size) > 1 and windows.dilation == (1, 1)


def is_patched(windows: Geometry, pools: Geometry) -> bool:
    """Return whether the outputs are computed by patches of inputs: it takes a fraction of the products if there are
    many channels.
    """
    usual = windows.size == (3, 3) and windows.strides == (1, 1)
    return usual and pools.size == (2, 2) and windows.channels >= FEWEST_CHANNELS


def outputs_by_pool(pools: Geometry, steps: tuple[int, ...], block: int = 1) -> NDArray[np.int64]:
    """List the places of the convolution's outputs that the pooling takes, window of the pooling by window.

    `steps` are the distances from an example to the next, and of two outputs below and beside each other.
    """
    example, down, right = steps
    shape = (block, *pools.outputs, *pools.size)
    distances = (example, pools.strides[0] * down, pools.strides[1] * right, down, right)
    places = sum(index * step for index, step in zip(np.indices(shape), distances, strict=True))
    return np.asarray(places, np.int64).reshape(-1)
