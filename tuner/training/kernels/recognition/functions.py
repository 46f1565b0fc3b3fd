"""Recognise Keras's operations on a tensor that are formulas, such as `keras.ops.relu`, as activations are."""

from typing import Any

import keras
import numpy as np

from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.kinds import (
    ABSOLUTE_VALUE,
    CELU,
    CLIPPED,
    HARD_SHRINK,
    INVERSE,
    LEAKY,
    LOGARITHM,
    ROOT,
    SCALED_ELU,
    SOFT_SHRINK,
    SQUAREPLUS,
)
from keras_search.tuner.training.kernels.recognition.activations import Formula, has_plain_numbers, relu_of

functions = keras.activations

_PLAIN: dict[str, Any] = {
    "Relu": functions.relu,
    "Relu6": functions.relu6,
    "Sigmoid": functions.sigmoid,
    "Tanh": functions.tanh,
    "Silu": functions.silu,
    "Selu": functions.selu,
    "Softplus": functions.softplus,
    "Softsign": functions.softsign,
    "LogSigmoid": functions.log_sigmoid,
    "HardSigmoid": functions.hard_sigmoid,
    "HardSilu": functions.hard_silu,
    "HardTanh": functions.hard_tanh,
    "TanhShrink": functions.tanh_shrink,
    "SparsePlus": functions.sparse_plus,
    "SparseSigmoid": functions.sparse_sigmoid,
    "Exp": functions.exponential,
    "Absolute": Formula(arrays.PIECEWISE, ABSOLUTE_VALUE),
    "Abs": Formula(arrays.PIECEWISE, ABSOLUTE_VALUE),
    "Sqrt": Formula(arrays.POWER, ROOT),
    "Reciprocal": Formula(arrays.POWER, INVERSE, 1.0),
    "Log": Formula(arrays.POWER, LOGARITHM),
}
_WITH_NUMBER = {
    "LeakyRelu": ("negative_slope", arrays.PIECEWISE, LEAKY),
    "Celu": ("alpha", arrays.SMOOTH, CELU),
    "SoftShrink": ("threshold", arrays.PIECEWISE, SOFT_SHRINK),
    "HardShrink": ("threshold", arrays.PIECEWISE, HARD_SHRINK),
    "Squareplus": ("b", arrays.PIECEWISE, SQUAREPLUS),
}
"""The attribute that an operation has as its number, and its formula with that."""


def function_of(name: str, operation: Any) -> Any:
    """Return the function or the formula of an operation of one tensor; None if it has none."""
    if name in _PLAIN:
        return _PLAIN[name]
    if name == "Gelu":
        return keras.ops.gelu if operation.approximate else functions.gelu
    if name == "Elu":
        return functions.elu if operation.alpha == 1 else _formula(arrays.SMOOTH, SCALED_ELU, operation.alpha)
    if name == "ReLU" and has_plain_numbers(operation):
        return relu_of(operation.max_value, operation.negative_slope, operation.threshold)
    if name == "Clip":
        return _formula(arrays.PIECEWISE, CLIPPED, operation.x_min, operation.x_max)
    if name in _WITH_NUMBER:
        attribute, layer_kind, kind = _WITH_NUMBER[name]
        return _formula(layer_kind, kind, getattr(operation, attribute))
    return None


def clipped(least: float, most: float) -> Formula:
    """Return the formula of numbers from `least` to `most`."""
    return Formula(arrays.PIECEWISE, CLIPPED, least, most)


def root() -> Formula:
    """Return the formula of the square root."""
    return Formula(arrays.POWER, ROOT)


def inverse(number: float) -> Formula:
    """Return the formula of a number that is divided by a tensor."""
    return Formula(arrays.POWER, INVERSE, number)


def _formula(layer_kind: int, kind: int, *numbers: Any) -> Formula | None:
    plain = all(isinstance(each, int | float) and np.isfinite(each) for each in numbers)
    return Formula(layer_kind, kind, *map(float, numbers)) if plain else None
