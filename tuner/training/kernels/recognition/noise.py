"""Layers that add or multiply random numbers in training: what they are, for the kernels of `noising`."""

from typing import Any

import keras
import numpy as np

layers = keras.layers

LAYERS = (layers.GaussianNoise, layers.GaussianDropout, layers.AlphaDropout)
LEAST = -1.7580993408473766
"""The limit of selu far below zero, with the digits of Keras (Klambauer et al., 2017)."""


def amount_of(layer: Any) -> float:
    """Return the standard deviation or the rate of one of LAYERS; 0 if it does nothing."""
    return float(layer.stddev if isinstance(layer, layers.GaussianNoise) else layer.rate)


def is_plain_noise(layer: Any) -> bool:
    """Return whether one of LAYERS draws a number for each of its inputs."""
    usual = np.isfinite(amount_of(layer)) and getattr(layer, "noise_shape", None) is None
    return bool(usual and (isinstance(layer, layers.GaussianNoise) or amount_of(layer) < 1))
