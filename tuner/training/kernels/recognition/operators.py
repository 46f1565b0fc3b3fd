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
from keras_search.tuner.training.kernels.recognition.functions import clipped, function_of, inverse, root
from keras_search.tuner.training.kernels.recognition.tensors import (
    OfEach,
    Repeated,
    Scaling,
    Shape,
    moved,
    shares,
    spread,
    spread_shape,
    summed,
)

layers = keras.layers


@dataclass(frozen=True)
class Combination:
    """A combination: of any number of inputs times `factors` if it is LINEAR, else of two."""

    kind: int
    factors: tuple[float, ...]
    shape: Shape
    """The shape of each input, `(None, ..., columns)`."""


COMBINING = {layers.Multiply: PRODUCT, layers.Maximum: LARGER, layers.Minimum: SMALLER}
LAYERS = (*COMBINING, layers.Average, layers.Subtract, layers.Add, layers.Dot)
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
_WITH_ARRAY: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "Add": lambda array: (1.0, array),
    "Subtract": lambda array: (1.0, -array),
    "Multiply": lambda array: (array, 0.0),
    "TrueDivide": lambda array: (1 / array, 0.0),
    "Divide": lambda array: (1 / array, 0.0),
}
"""The factors and the summands of an operator between a tensor and an array after it."""
MOST = 4
"""The largest power that is computed as a product."""


def combines(layer: Any) -> bool:
    """Return whether one of LAYERS combines tensors of one rank, of which each axis may have one number instead."""
    shapes = [tuple(tensor.shape) for tensor in layer.input]
    if isinstance(layer, layers.Dot):
        return layer.axes in (1, -1) and not layer.normalize and len(set(shapes)) == 1 and len(shapes[0]) == 2
    return spread_shape(shapes) is not None


def combination_of(layer: Any) -> list[Any]:
    """Return what one of LAYERS computes."""
    shapes = [tuple(tensor.shape) for tensor in layer.input]
    n, shape = len(shapes), spread_shape(shapes)
    assert shape is not None
    if isinstance(layer, layers.Dot):
        return [Combination(PRODUCT, (1.0, 1.0), shape), *summed(shape, (1,), (None, 1))]
    if isinstance(layer, layers.Average):
        return _spread(shapes, Combination(LINEAR, (1 / n,) * n, shape))
    if isinstance(layer, layers.Add):
        return [layer] if len(set(shapes)) == 1 else _spread(shapes, Combination(LINEAR, (1.0,) * n, shape))
    if isinstance(layer, layers.Subtract):
        return _spread(shapes, Combination(LINEAR, (1.0, -1.0), shape))
    return _spread(shapes, Combination(COMBINING[type(layer)], (1.0,) * n, shape))


def _spread(shapes: list[Shape], combination: Combination) -> list[Any]:
    """Let a combination take tensors in its shape."""
    chains = tuple(spread(shape, combination.shape) for shape in shapes)
    return [OfEach(chains), combination] if any(chains) else [combination]


def operations_of(node: Any) -> list[Any] | None:
    """Return what the node of an operator computes, as operations one after the other; None if that is unknown."""
    name, given = tf_private.operator_name(node.operation), list(node.arguments.args)
    if name is None or node.arguments.kwargs or any(tensor.dtype != "float32" for tensor in _tensors(node)):
        return None
    if len(node.outputs) != 1 or any(len(tensor.shape) < 2 or not all(tensor.shape[1:]) for tensor in _tensors(node)):
        return None
    if len(given) == 2 and len(node.input_tensors) == 2:
        return _of_two(name, node)
    if len(node.input_tensors) == 1 and given[0] is node.input_tensors[0]:
        found = _of_one(name, node.operation, tuple(given[0].shape), tuple(node.outputs[0].shape), given[1:])
        if found is not None:
            return found
    return _with_constant(name, given) if len(given) == 2 and len(node.input_tensors) == 1 else None


def _tensors(node: Any) -> list[Any]:
    return [*node.input_tensors, *node.outputs]


def _of_two(name: str, node: Any) -> list[Any] | None:
    shapes = [tuple(tensor.shape) for tensor in node.input_tensors]
    (kind, factor), shape = _OF_TWO.get(name, (None, 1.0)), spread_shape(shapes)
    return None if kind is None or shape is None else _spread(shapes, Combination(kind, (1.0, factor), shape))


def _of_one(name: str, operation: Any, given: Shape, made: Shape, more: list[Any]) -> list[Any] | None:
    """Return what an operation of one tensor computes; `more` are its other arguments."""
    if name == "GetItem":
        return _item(given, made, more[0])
    if name == "Power" and len(more) == 1:
        return _power(given, more[0])
    if more:
        return None
    if name == "Negative":
        return [_affine(-1.0, 0.0, 1.0)]
    if name == "Square":
        return _power(given, 2)
    if name in ("Reshape", "ExpandDims", "Squeeze"):
        whole = made[0] is None and np.prod(made[1:]) == np.prod(given[1:])
        return moved(given, made, lambda numbers: numbers) if whole else None
    if name == "Transpose":
        axes = operation.axes
        return moved(given, made, lambda numbers: numbers.transpose(axes)) if axes and axes[0] == 0 else None
    if name in ("Sum", "Mean"):
        return _total(name, operation.axis, given, made)
    if name == "Softmax":
        last = operation.axis in (-1, len(given) - 1)
        return [keras.activations.softmax] if last else shares(given, operation.axis) if operation.axis else None
    function = function_of(name, operation)
    return None if function is None else [function]


def _item(given: Shape, made: Shape, key: Any) -> list[Any] | None:
    """Return a part of each example, if all examples are there."""
    key = key if isinstance(key, tuple) else (key,)
    plain = all(each is None or each is Ellipsis or isinstance(each, int | slice) for each in key)
    whole = bool(key) and (key[0] == slice(None) or (key[0] is Ellipsis and len(key) <= len(given)))
    if not plain or not whole or made[0] is not None:
        return None
    return moved(given, made, lambda numbers: numbers[key])


def _total(name: str, axis: Any, given: Shape, made: Shape) -> list[Any] | None:
    """Return the sum or the mean along axes other than that of the examples."""
    if axis is None:
        return None
    axes = tuple(each % len(given) for each in np.atleast_1d(axis).tolist())
    if 0 in axes:
        return None
    count = float(np.prod([given[each] for each in axes]))
    return [*summed(given, axes, made), *([_affine(1.0, 0.0, count)] if name == "Mean" else [])]


def _power(shape: Shape, number: Any) -> list[Any] | None:
    """Return a power of a tensor as a product, or its root or inverse."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    if number in (0.5, -1):
        return [root() if number > 0 else inverse(1.0)]
    if number not in range(2, MOST + 1):
        return None
    times = int(number)
    return [Repeated(times), Combination(PRODUCT, (1.0,) * times, shape)]


def _with_constant(name: str, given: list[Any]) -> list[Any] | None:
    """Return an operator between a tensor and a number or an array, in this order or the other."""
    after = isinstance(given[0], keras.KerasTensor)
    tensor, constant = given if after else given[::-1]
    if hasattr(constant, "assign"):  # a variable
        return None
    array = np.asarray(constant.numpy() if hasattr(constant, "numpy") else constant)
    if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        return None
    if array.ndim == 0:
        found = _with_number(name, float(array), after)
        return None if found is None else [found]
    return _with_array(name, tuple(tensor.shape), array.astype(np.float32), after)


def _with_number(name: str, number: float, after: bool) -> Formula | None:
    divides = name in ("TrueDivide", "Divide")
    if name in ("Maximum", "Minimum") and after:
        return clipped(*((number, np.inf) if name == "Maximum" else (-np.inf, number)))
    if name not in _WITH_NUMBER:
        return None
    if after or name in ("Add", "Multiply"):
        return None if divides and not number else _affine(*_WITH_NUMBER[name](number))
    return inverse(number) if divides else _affine(-1.0, number, 1.0)


def _with_array(name: str, shape: Shape, array: Any, after: bool) -> list[Any] | None:
    """Return an operator between a tensor and an array of numbers for each example."""
    if name not in _WITH_ARRAY or array.ndim > len(shape) or (array.ndim == len(shape) and len(array) > 1):
        return None
    own = array.reshape(array.shape[1:] if array.ndim == len(shape) else array.shape)
    made = (None, *np.broadcast_shapes(shape[1:], own.shape))
    if not after and name in ("TrueDivide", "Divide"):
        return None
    with np.errstate(divide="ignore"):
        scale, offset = (-1.0, own) if name == "Subtract" and not after else _WITH_ARRAY[name](own)
    return [*spread(shape, made), Scaling(scale, offset, made)] if np.isfinite(scale).all() else None


def _affine(factor: float, summand: float, divisor: float) -> Formula:
    return Formula(arrays.PIECEWISE, AFFINE, factor, summand, divisor)
