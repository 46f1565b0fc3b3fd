"""Recognise the activations of Keras that are formulas, as functions and as layers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.kinds import (
    CAPPED,
    CELU,
    EXPONENTIAL,
    GELU_BY_TANH,
    HARD_SHRINK,
    HARD_SIGMOID,
    HARD_SILU,
    HARD_TANH,
    LEAKY,
    LOG_SIGMOID,
    MISH,
    SCALED_ELU,
    SOFT_SHRINK,
    SOFTPLUS,
    SOFTSIGN,
    SPARSE_PLUS,
    SPARSE_SIGMOID,
    SQUAREPLUS,
    TANH_SHRINK,
)

functions, layers = keras.activations, keras.layers


@dataclass(frozen=True)
class Formula:
    """An activation with its numbers: `layer_kind` is PIECEWISE or SMOOTH, `kind` one of those above."""

    layer_kind: int
    kind: int
    first: float = 0.0
    second: float = 0.0
    third: float = 0.0


PIECEWISE: dict[Callable[..., Any], Formula] = {
    functions.leaky_relu: Formula(arrays.PIECEWISE, LEAKY, 0.2),
    functions.relu6: Formula(arrays.PIECEWISE, CAPPED, 0.0, 6.0),
    functions.soft_shrink: Formula(arrays.PIECEWISE, SOFT_SHRINK, 0.5),
    functions.hard_shrink: Formula(arrays.PIECEWISE, HARD_SHRINK, 0.5),
    functions.sparse_plus: Formula(arrays.PIECEWISE, SPARSE_PLUS),
    functions.hard_sigmoid: Formula(arrays.PIECEWISE, HARD_SIGMOID),
    functions.hard_silu: Formula(arrays.PIECEWISE, HARD_SILU),
    functions.hard_tanh: Formula(arrays.PIECEWISE, HARD_TANH),
    functions.sparse_sigmoid: Formula(arrays.PIECEWISE, SPARSE_SIGMOID),
    functions.softsign: Formula(arrays.PIECEWISE, SOFTSIGN),
    functions.squareplus: Formula(arrays.PIECEWISE, SQUAREPLUS, 4.0),
}
SMOOTH: dict[Callable[..., Any], Formula] = {
    functions.celu: Formula(arrays.SMOOTH, CELU, 1.0),
    functions.softplus: Formula(arrays.SMOOTH, SOFTPLUS),
    functions.log_sigmoid: Formula(arrays.SMOOTH, LOG_SIGMOID),
    functions.exponential: Formula(arrays.SMOOTH, EXPONENTIAL),
    functions.tanh_shrink: Formula(arrays.SMOOTH, TANH_SHRINK),
    functions.mish: Formula(arrays.SMOOTH, MISH),
    keras.ops.gelu: Formula(arrays.SMOOTH, GELU_BY_TANH),
}
FORMULAS = PIECEWISE | SMOOTH
"""The formula of each function."""
LAYERS = (layers.ReLU, layers.LeakyReLU, layers.ELU)
"""The layers that are such a function."""


def activation_of(layer: Any) -> Any:
    """Return the function or the formula of one of LAYERS."""
    if isinstance(layer, layers.LeakyReLU):
        return Formula(arrays.PIECEWISE, LEAKY, float(layer.negative_slope))
    if isinstance(layer, layers.ELU):
        alpha = float(layer.alpha)
        return functions.elu if alpha == 1 else Formula(arrays.SMOOTH, SCALED_ELU, alpha)
    return relu_of(layer.max_value, float(layer.negative_slope), float(layer.threshold))


def relu_of(most: float | None, slope: float, least: float) -> Any:
    """Return the function or the formula of a relu up to `most`, with a slope below the threshold `least`."""
    if (most, slope, least) == (None, 0, 0):
        return functions.relu
    if (most, least) == (None, 0):
        return Formula(arrays.PIECEWISE, LEAKY, slope)
    return Formula(arrays.PIECEWISE, CAPPED, slope, np.inf if most is None else float(most), least)


def has_plain_numbers(layer: Any) -> bool:
    """Return whether the numbers of one of LAYERS, or of its operation, are such."""
    names = ("max_value", "negative_slope", "threshold", "alpha")
    given = [getattr(layer, name, None) for name in names]
    return all(each is None or (isinstance(each, int | float) and np.isfinite(each)) for each in given)


def trains_columns(layer: Any) -> bool:
    """Return whether a `PReLU` has one slope for each column of its rows."""
    own = tuple(layer.alpha.shape)
    return own == (1,) * (len(own) - 1) + tuple(layer.input.shape[-1:])
