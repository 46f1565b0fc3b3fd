"""Convolutions of groups of channels: recognised as a convolution for each group, side by side."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import keras

from keras_search.tuner.training.kernels.recognition.recurrences import Joint, SideBySide
from keras_search.tuner.training.kernels.recognition.tensors import Places, Shape, moved


@dataclass(frozen=True)
class GroupConvolution:
    """The convolution of one of a layer's groups."""

    layer: Any
    number: int

    @property
    def kernel(self) -> Any:
        """The kernel of all groups `(..., channels of a group, filters)`."""
        return self.layer.kernel

    @property
    def taken(self) -> Shape:
        """The shape of what it takes."""
        return (*self.layer.input.shape[:-1], self.kernel.shape[-2])

    @property
    def made(self) -> Shape:
        """The shape of what it gives."""
        return (*self.layer.output.shape[:-1], self.layer.filters // self.layer.groups)


def by_group(layer: Any) -> list[Any]:
    """Split such a layer into its successive operations."""
    chains = []
    for number in range(layer.groups):
        part = GroupConvolution(layer, number)
        own = moved(tuple(layer.input.shape), part.taken, partial(_channels_of, number, part.taken[-1]))
        chains.append([*own, part])
    ended = [] if layer.activation is keras.activations.linear else [layer.activation]
    return [SideBySide(tuple(chains)), Joint(adds=False), *ended]


def _channels_of(number: int, channels: int, numbers: Places) -> Places:
    """Return those of the numbers of an example that a group takes."""
    return numbers[..., number * channels : (number + 1) * channels]
