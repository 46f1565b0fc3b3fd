"""Convolutions of each channel for itself: recognised, taken apart and described."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.regularization import prices_of
from keras_search.tuner.training.kernels.window_layout import add_window

if TYPE_CHECKING:
    from keras_search.tuner.training.kernels.layout import Layout

_SEPARABLE = (keras.layers.SeparableConv1D, keras.layers.SeparableConv2D)
BY_CHANNEL = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D, *_SEPARABLE)
"""The layers whose convolution looks at each channel for itself."""


@dataclass(frozen=True)
class Depthwise:
    """The convolution of each channel by a kernel of its own."""

    layer: Any

    @property
    def input(self) -> Any:
        """The tensor that the layer takes."""
        return self.layer.input

    @property
    def kernel(self) -> Any:
        """Its kernel `(..., channels, 1)`."""
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
    return [Depthwise(layer), *mixed, *ended]


def describe_depthwise(part: Depthwise, record: np.ndarray, layout: Layout) -> None:
    """Describe such a convolution in its record of LAYER, and its windows in one of WINDOW."""
    width = int(record["width"][0])
    record["kind"] = arrays.DEPTHWISE
    _, geometry = add_window(part.layer, record, layout)
    record["rows"] = rows = math.prod(geometry.size)
    record["weights"], record["bias"] = layout.take("parameters", rows * width), layout.take("parameters", width)
    layout.parameters.append((part.kernel, int(record["weights"][0])))
    layout.blocks[id(part.kernel)] = 0
    record["l1"], record["l2"] = prices_of(part.kernel.regularizer)
    record["has_bias"] = part.bias is not None
    if part.bias is not None:
        layout.parameters.append((part.bias, int(record["bias"][0])))
        record["bias_l1"], record["bias_l2"] = prices_of(part.bias.regularizer)
