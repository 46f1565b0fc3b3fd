"""Roots, inverses and logarithms, which have no value or no slope at zero; compiled apart."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.elementwise import log
from keras_search.tuner.training.kernels.arrays import POWER, Floats, Memory
from keras_search.tuner.training.kernels.compiled import kernel
from keras_search.tuner.training.kernels.kinds import INVERSE, ROOT
from keras_search.tuner.training.kernels.words import Words

_0, _HALF = np.float32(0), np.float32(0.5)
_LEAST, _ENDLESS, _NONE = np.finfo(np.float32).tiny, np.float32(np.inf), np.float32(np.nan)


def _raised(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs, without the padding of rows."""
    w = layer.width
    for i in range(n * layer.positions):
        row = memory.values[layer.before + i * w : layer.before + i * w + layer.columns]
        out = memory.values[layer.after + i * w : layer.after + i * w + layer.columns]
        for j in range(layer.columns):
            out[j] = raised(layer.activation, layer.first, row[j])


def _raised_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Multiply the gradient by the slope, without the padding of rows."""
    w = layer.width
    for i in range(n * layer.positions):
        row = memory.values[layer.before + i * w : layer.before + i * w + layer.columns]
        gradient = memory.gradients[layer.gradient, i * w : i * w + layer.columns]
        for j in range(layer.columns):
            gradient[j] *= slope(layer.activation, layer.first, row[j])


POWER_PASSES = {POWER: (_raised, _raised_back)}
"""The forward and backward passes, for `addresses_of`."""


@kernel
def raised(kind: int, a: Any, x: Any) -> Any:
    """Return the square root of x, `a` divided by x, or the logarithm of x."""
    if kind == ROOT:
        return np.sqrt(x)
    if kind == INVERSE:
        return a / x
    return np.float32(log(x)) if x >= _LEAST else (_NONE if x < _0 else -_ENDLESS)


@kernel
def slope(kind: int, a: Any, x: Any) -> Any:
    """Return the slope of `raised` at x."""
    if kind == ROOT:
        return _HALF / np.sqrt(x)
    return -a / (x * x) if kind == INVERSE else np.float32(1) / x
