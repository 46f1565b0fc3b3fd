"""Recognise Keras' layers that distort images at random while a network trains, and describe them."""

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_search.tuner.training.kernels import arrays

layers = keras.layers

FILLINGS = {
    "constant": arrays.UNFILLED,
    "nearest": arrays.EXTENDED,
    "reflect": arrays.REFLECTED,
    "wrap": arrays.WRAPPED,
}


def _translation(layer: Any) -> tuple[float, ...]:
    return layer.height_lower, layer.height_upper, layer.width_lower, layer.width_upper, layer.fill_value, 0.0


def _rotation(layer: Any) -> tuple[float, ...]:
    low, high = (360.0 * factor for factor in layer.factor)
    return low, high, 0.0, 0.0, layer.fill_value, 0.0


def _zoom(layer: Any) -> tuple[float, ...]:
    across = "height" if layer.width_factor is None else "width"
    factors = [getattr(layer, f"{axis}_{end}") for axis in ("height", across) for end in ("lower", "upper")]
    return *(1.0 + factor for factor in factors), layer.fill_value, 0.0


def _flip(layer: Any) -> tuple[float, ...]:
    return 0.0, 1.0, 0.0, 0.0, float("horizontal" in layer.mode), float("vertical" in layer.mode)


def _contrast(layer: Any) -> tuple[float, ...]:
    low, high = layer.factor
    return 1.0 - low, 1.0 + high, 0.0, 0.0, *layer.value_range


def _brightness(layer: Any) -> tuple[float, ...]:
    return *layer.factor, 0.0, 0.0, *layer.value_range


FORMS: dict[type, tuple[int, Callable[[Any], tuple[float, ...]]]] = {
    layers.RandomTranslation: (arrays.TRANSLATION, _translation),
    layers.RandomRotation: (arrays.ROTATION, _rotation),
    layers.RandomZoom: (arrays.ZOOM, _zoom),
    layers.RandomFlip: (arrays.FLIP, _flip),
    layers.RandomContrast: (arrays.CONTRAST, _contrast),
    layers.RandomBrightness: (arrays.BRIGHTNESS, _brightness),
}
"""The kind of each layer, and its six numbers.

They are the ranges of the two numbers that it draws for an image, then the value outside the image, the axes along
which it flips, or the range of its outputs.
"""

DISTORTIONS = tuple(FORMS)


def is_plain_distortion(layer: Any) -> bool:
    """Return whether a layer distorts images whose channels are last, by finite numbers."""
    numbers = FORMS[type(layer)][1](layer)
    known = all(isinstance(number, int | float) and math.isfinite(np.float32(number)) for number in numbers)
    return known and len(layer.input.shape) == 4 and layer.data_format == "channels_last"
