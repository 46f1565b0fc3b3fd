"""Convolutions of each channel for itself: recognised, taken apart and described."""

from dataclasses import dataclass
from typing import Any

import keras

from keras_search.tuner.training.kernels.recognition.tensors import Shape, moved

_SEPARABLE = (keras.layers.SeparableConv1D, keras.layers.SeparableConv2D)
BY_CHANNEL = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D, *_SEPARABLE)
"""The layers whose convolution looks at each channel for itself."""


@dataclass(frozen=True)
class Depthwise:
    """The convolution of each channel by a kernel of its own."""

    layer: Any

    @property
    def shape(self) -> Shape:
        """The shape of what it takes: each channel as often as the layer has kernels for it."""
        *rows, channels = self.layer.input.shape
        return (*rows, channels * self.layer.depth_multiplier)

    @property
    def kernel(self) -> Any:
        """Its kernel `(..., channels, times)`."""
        return self.layer.depthwise_kernel if isinstance(self.layer, _SEPARABLE) else self.layer.kernel

    @property
    def bias(self) -> Any:
        """Its bias, None if another part adds it."""
        return None if isinstance(self.layer, _SEPARABLE) else self.layer.bias


@dataclass(frozen=True)
class Pointwise:
    """The product by which a separable convolution mixes the channels of each pixel."""

    layer: Any


def by_channel(layer: Any) -> list[Any]:
    """Split one of BY_CHANNEL into its successive operations."""
    mixed = [Pointwise(layer)] if isinstance(layer, _SEPARABLE) else []
    ended = [] if layer.activation is keras.activations.linear else [layer.activation]
    times, given = layer.depth_multiplier, tuple(layer.input.shape)
    each = Depthwise(layer)
    repeated = moved(given, each.shape, lambda numbers: numbers.repeat(times, axis=-1)) if times > 1 else []
    return [*repeated, each, *mixed, *ended]
