"""Recognise how a Keras model combines tensors: by layers such as `Multiply`, and by operators such as `a * b`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.kinds import AFFINE, LARGER, LINEAR, PRODUCT, QUOTIENT, SMALLER
from keras_search.tuner.training.kernels.recognition.activations import Formula

layers = keras.layers


@dataclass(frozen=True)
class Combination:
    """A combination: of any number of inputs times `factors` if it is LINEAR, else of two."""

    kind: int
    factors: tuple[float, ...]
    shape: tuple[int | None, ...]
    """The shape of each input, `(None, ..., columns)`."""


COMBINING = {layers.Multiply: PRODUCT, layers.Maximum: LARGER, layers.Minimum: SMALLER}
LAYERS = (*COMBINING, layers.Average, layers.Subtract)
"""The layers that combine the outputs of others."""
_OF_TWO: dict[str, tuple[int, float]] = {
    "Add": (LINEAR, 1.0),
    "Subtract": (LINEAR, -1.0),
    "Multiply": (PRODUCT, 1.0),
    "TrueDivide": (QUOTIENT, 1.0),
    "Divide": (QUOTIENT, 1.0),
    "Maximum": (LARGER, 1.0),
    "Minimum": (SMALLER, 1.0),
}
_WITH_NUMBER: dict[str, Callable[[float], tuple[float, float, float]]] = {
    "Add": lambda number: (1.0, number, 1.0),
    "Subtract": lambda number: (1.0, -number, 1.0),
    "Multiply": lambda number: (number, 0.0, 1.0),
    "TrueDivide": lambda number: (1.0, 0.0, number),
    "Divide": lambda number: (1.0, 0.0, number),
}
"""The factor, the summand and the divisor of an operator between a tensor and a number after it."""


def combination_of(layer: Any) -> Combination:
    """Return what one of LAYERS computes."""
    shape, n = tuple(layer.input[0].shape), len(layer.input)
    if isinstance(layer, layers.Average):
        return Combination(LINEAR, (1 / n,) * n, shape)
    if isinstance(layer, layers.Subtract):
        return Combination(LINEAR, (1.0, -1.0), shape)
    return Combination(COMBINING[type(layer)], (1.0, 1.0), shape)


def combines_few(layer: Any) -> bool:
    """Return whether one of LAYERS combines as many tensors of one shape as it can here."""
    alike = len({tuple(tensor.shape) for tensor in layer.input}) == 1
    return alike and (len(layer.input) == 2 or isinstance(layer, layers.Average))


def operation_of(node: Any) -> Any:
    """Return what the node of an operator computes: a combination, or a formula of one tensor; None if unknown."""
    name, given = tf_private.operator_name(node.operation), node.arguments.args
    if name is None or node.arguments.kwargs or any(tensor.dtype != "float32" for tensor in _tensors(node)):
        return None
    if len(given) == 2 and len(node.input_tensors) == 2:
        alike = len({tuple(tensor.shape) for tensor in _tensors(node)}) == 1
        kind, factor = _OF_TWO.get(name, (None, 1.0))
        return Combination(kind, (1.0, factor), tuple(given[0].shape)) if alike and kind is not None else None
    if name == "Negative" and len(given) == 1:
        return _affine(-1.0, 0.0, 1.0)
    return _with_number(name, list(given)) if len(given) == 2 and len(node.input_tensors) == 1 else None


def _tensors(node: Any) -> list[Any]:
    return [*node.input_tensors, *node.outputs]


def _with_number(name: str, given: list[Any]) -> Formula | None:
    """Return an operator between a tensor and a number, in this order or, if they may be exchanged, in the other."""
    number = next((each for each in given if isinstance(each, int | float) and not isinstance(each, bool)), None)
    if number is None or not np.isfinite(number) or name not in _WITH_NUMBER:
        return None
    if number is given[1]:
        divides = name in ("TrueDivide", "Divide")
        return None if divides and not number else _affine(*_WITH_NUMBER[name](float(number)))
    if name in ("Add", "Multiply"):
        return _affine(*_WITH_NUMBER[name](float(number)))
    return _affine(-1.0, float(number), 1.0) if name == "Subtract" else None


def _affine(factor: float, summand: float, divisor: float) -> Formula:
    return Formula(arrays.PIECEWISE, AFFINE, factor, summand, divisor)
