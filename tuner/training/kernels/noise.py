"""Layers that add or multiply random numbers in training: what they are, for the kernels of `noising`."""

import math
from typing import Any

import keras
import numpy as np

from keras_search.tuner.training.compiled.dropout import drop_of
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.kinds import ADDED, MULTIPLIED, SET

layers = keras.layers

LAYERS = (layers.GaussianNoise, layers.GaussianDropout, layers.AlphaDropout)
_LEAST = -1.7580993408473766
"""The limit of selu far below zero, with the digits of Keras (Klambauer et al., 2017)."""


def amount_of(layer: Any) -> float:
    """Return the standard deviation or the rate of one of LAYERS; 0 if it does nothing."""
    return float(layer.stddev if isinstance(layer, layers.GaussianNoise) else layer.rate)


def is_plain_noise(layer: Any) -> bool:
    """Return whether one of LAYERS draws a number for each of its inputs."""
    usual = np.isfinite(amount_of(layer)) and getattr(layer, "noise_shape", None) is None
    return bool(usual and (isinstance(layer, layers.GaussianNoise) or amount_of(layer) < 1))


def describe_noise(layer: Any, record: np.ndarray, layout: Any) -> None:
    """Describe one of LAYERS in its record of LAYER."""
    amount = amount_of(layer)
    record["kind"], record["index"] = arrays.NOISE, layout.drawn
    layout.drawn += int(record["positions"][0] * record["columns"][0])
    if isinstance(layer, layers.GaussianNoise):
        record["activation"], record["first"] = ADDED, amount
    elif isinstance(layer, layers.GaussianDropout):
        record["activation"], record["first"] = MULTIPLIED, math.sqrt(amount / (1 - amount))
    else:
        factor = ((1 - amount) * (1 + amount * _LEAST**2)) ** -0.5
        record["activation"], record["threshold"] = SET, drop_of(amount).threshold
        record["first"], record["second"], record["third"] = factor, -factor * _LEAST * amount, _LEAST
