"""Activations that few networks have, compiled apart from the epoch: their values and slopes, and their passes."""

import math
from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.elementwise import exp, exp_less_1, log_1_more, sigmoid, sign, tanh
from keras_search.tuner.training.kernels.arrays import PIECEWISE, SMOOTH, TRAINED_SLOPE, Floats, Memory
from keras_search.tuner.training.kernels.compiled import kernel
from keras_search.tuner.training.kernels.kinds import (
    ABSOLUTE_VALUE,
    AFFINE,
    CAPPED,
    CELU,
    CLIPPED,
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
from keras_search.tuner.training.kernels.passes.layers import apply
from keras_search.tuner.training.kernels.words import Words

_0, _QUARTER, _HALF, _1, _2, _3, _6 = (np.float32(number) for number in (0, 0.25, 0.5, 1, 2, 3, 6))
_BELOW_6 = np.nextafter(_6, _0)
_ROOT_2_BY_PI, _CUBED = np.float32(math.sqrt(2 / math.pi)), np.float32(0.044715)


def _piecewise(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of a piecewise activation."""
    size = n * layer.positions * layer.width
    bend(layer, memory.values[layer.before : layer.before + size], memory.values[layer.after : layer.after + size])


def _piecewise_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Convert the gradient of a piecewise activation's outputs to that of its inputs."""
    size = n * layer.positions * layer.width
    bend_back(layer, memory.values[layer.before : layer.before + size], memory.gradients[layer.gradient, :size])


def _smooth(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of a smooth activation."""
    size = n * layer.positions * layer.width
    curve(layer, memory.values[layer.before : layer.before + size], memory.values[layer.after : layer.after + size])


def _smooth_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Convert the gradient of a smooth activation's outputs to that of its inputs."""
    size = n * layer.positions * layer.width
    curve_back(layer, memory.values[layer.before : layer.before + size], memory.gradients[layer.gradient, :size])


def _with_slopes(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of a `PReLU`, which trains the slope of each column below zero."""
    w = layer.width
    slopes = memory.parameters[layer.weights : layer.weights + w]
    for i in range(n * layer.positions):
        row = memory.values[layer.before + i * w : layer.before + (i + 1) * w]
        out = memory.values[layer.after + i * w : layer.after + (i + 1) * w]
        for j in range(w):
            out[j] = row[j] if row[j] > _0 else slopes[j] * row[j]


def _with_slopes_back(layer: Any, n: int, rule: Any, numbers: Floats, _words: Words, memory: Memory) -> None:
    """Convert the gradient of a `PReLU`'s outputs to that of its inputs, and update its slopes."""
    w = layer.width
    slopes, of_slopes = memory.parameters[layer.weights : layer.weights + w], memory.scratch[:w]
    of_slopes[:] = _0
    for i in range(n * layer.positions):
        row = memory.values[layer.before + i * w : layer.before + (i + 1) * w]
        gradient = memory.gradients[layer.gradient, i * w : (i + 1) * w]
        for j in range(w):
            below = _1 if row[j] < _0 else _0
            of_slopes[j] += below * row[j] * gradient[j]
            gradient[j] = gradient[j] if row[j] > _0 else below * slopes[j] * gradient[j]
    apply(rule, numbers, memory, layer.weights, w, 0, layer.l1, layer.l2)


FORMULA_PASSES = {
    PIECEWISE: (_piecewise, _piecewise_back),
    SMOOTH: (_smooth, _smooth_back),
    TRAINED_SLOPE: (_with_slopes, _with_slopes_back),
}
"""The forward and backward passes by the kinds of layers, for `addresses_of`."""


@kernel
def bend(layer: Any, x: Floats, y: Floats) -> None:
    """Set y to a piecewise activation of x."""
    n, kind, a, most, least = len(x), layer.activation, layer.first, layer.second, layer.third
    if kind == LEAKY:
        for i in range(n):
            y[i] = x[i] if x[i] > _0 else a * x[i]
    elif kind == CAPPED:
        for i in range(n):
            kept = _0 if x[i] <= least else x[i]
            below = least - x[i] if x[i] < least else _0
            y[i] = (most if kept > most else kept) - a * below
    elif kind == SOFT_SHRINK:
        for i in range(n):
            y[i] = x[i] - a if x[i] > a else (x[i] + a if x[i] < -a else _0 * x[i])
    elif kind == HARD_SHRINK:
        for i in range(n):
            y[i] = _0 if abs(x[i]) <= a else x[i]
    elif kind == SPARSE_PLUS:
        for i in range(n):
            y[i] = _0 if x[i] <= -_1 else (_QUARTER * (x[i] + _1) * (x[i] + _1) if x[i] < _1 else x[i])
    elif kind == HARD_SIGMOID:
        for i in range(n):
            y[i] = _six(x[i] + _3) / _6
    elif kind == HARD_SILU:
        for i in range(n):
            y[i] = x[i] * (_six(x[i] + _3) / _6)
    elif kind == HARD_TANH:
        for i in range(n):
            y[i] = -_1 if x[i] < -_1 else (_1 if x[i] > _1 else x[i])
    elif kind == SPARSE_SIGMOID:
        for i in range(n):
            y[i] = _0 if x[i] <= -_1 else (_1 if x[i] >= _1 else _HALF * (x[i] + _1))
    elif kind == SOFTSIGN:
        for i in range(n):
            y[i] = x[i] / (_1 + abs(x[i]))
    elif kind == SQUAREPLUS:
        for i in range(n):
            y[i] = _HALF * (x[i] + np.sqrt(x[i] * x[i] + a))
    elif kind == AFFINE:
        for i in range(n):
            y[i] = (a * x[i] + most) / least
    elif kind == CLIPPED:
        for i in range(n):
            y[i] = a if x[i] < a else (most if x[i] > most else x[i])
    elif kind == ABSOLUTE_VALUE:
        for i in range(n):
            y[i] = abs(x[i])


@kernel
def bend_back(layer: Any, x: Floats, gradient: Floats) -> None:
    """Multiply the gradient by the slope of a piecewise activation at x; at its corners it is TensorFlow's."""
    n, kind, a, most, least = len(x), layer.activation, layer.first, layer.second, layer.third
    if kind == LEAKY:
        for i in range(n):
            gradient[i] *= _1 if x[i] > _0 else a
    elif kind == CAPPED:
        last = _BELOW_6 if most == _6 and least == _0 else most  # as of TensorFlow's relu6, which has no slope at 6
        for i in range(n):
            gradient[i] *= (_1 if x[i] > least and x[i] <= last else _0) + (a if x[i] < least else _0)
    elif kind in (SOFT_SHRINK, HARD_SHRINK):
        for i in range(n):
            gradient[i] = _0 if abs(x[i]) <= a else gradient[i]
    elif kind == SPARSE_PLUS:
        for i in range(n):
            gradient[i] *= _0 if x[i] <= -_1 else (_HALF * (x[i] + _1) if x[i] < _1 else _1)
    elif kind == HARD_SIGMOID:
        for i in range(n):
            gradient[i] *= _1 / _6 if abs(x[i]) < _3 else _0
    elif kind == HARD_SILU:
        for i in range(n):
            gradient[i] *= _six(x[i] + _3) / _6 + (x[i] / _6 if abs(x[i]) < _3 else _0)
    elif kind == HARD_TANH:
        for i in range(n):
            gradient[i] = _0 if abs(x[i]) > _1 else gradient[i]
    elif kind == SPARSE_SIGMOID:
        for i in range(n):
            gradient[i] *= _HALF if abs(x[i]) < _1 else _0
    elif kind == SOFTSIGN:
        for i in range(n):
            gradient[i] /= (_1 + abs(x[i])) * (_1 + abs(x[i]))
    elif kind == SQUAREPLUS:
        for i in range(n):
            gradient[i] *= _HALF * (_1 + x[i] / np.sqrt(x[i] * x[i] + a))
    elif kind == AFFINE:
        for i in range(n):
            gradient[i] = a * gradient[i] / least
    elif kind == CLIPPED:
        for i in range(n):
            gradient[i] = _0 if x[i] < a or x[i] > most else gradient[i]
    elif kind == ABSOLUTE_VALUE:
        for i in range(n):
            gradient[i] *= sign(x[i])


@kernel
def curve(layer: Any, x: Floats, y: Floats) -> None:
    """Set y to a smooth activation of x."""
    n, kind, a = len(x), layer.activation, layer.first
    if kind == SCALED_ELU:
        for i in range(n):
            y[i] = a * exp_less_1(x[i]) if x[i] < _0 else x[i]
    elif kind == CELU:
        for i in range(n):
            y[i] = a * exp_less_1(x[i] / a) if x[i] < _0 else x[i]
    elif kind == SOFTPLUS:
        for i in range(n):
            y[i] = softplus(x[i])
    elif kind == LOG_SIGMOID:
        for i in range(n):
            y[i] = -softplus(-x[i])
    elif kind == EXPONENTIAL:
        for i in range(n):
            y[i] = exp(x[i])
    elif kind == TANH_SHRINK:
        for i in range(n):
            y[i] = x[i] - tanh(x[i])
    elif kind == MISH:
        for i in range(n):
            y[i] = x[i] * tanh(softplus(x[i]))
    elif kind == GELU_BY_TANH:
        for i in range(n):
            y[i] = _HALF * x[i] * (_1 + tanh(_ROOT_2_BY_PI * (x[i] + _CUBED * x[i] * x[i] * x[i])))


@kernel
def curve_back(layer: Any, x: Floats, gradient: Floats) -> None:
    """Multiply the gradient by the slope of a smooth activation at x."""
    n, kind, a = len(x), layer.activation, layer.first
    if kind == SCALED_ELU:
        for i in range(n):
            gradient[i] *= _1 if x[i] > _0 else a * exp(x[i])
    elif kind == CELU:
        for i in range(n):  # TensorFlow counts both sides at zero
            gradient[i] *= _1 if x[i] > _0 else (_2 if x[i] == _0 else exp(x[i] / a))
    elif kind == SOFTPLUS:
        for i in range(n):
            gradient[i] *= sigmoid(x[i])
    elif kind == LOG_SIGMOID:
        for i in range(n):
            gradient[i] *= sigmoid(-x[i])
    elif kind == EXPONENTIAL:
        for i in range(n):
            gradient[i] *= exp(x[i])
    elif kind == TANH_SHRINK:
        for i in range(n):
            y = tanh(x[i])
            gradient[i] *= y * y
    elif kind == MISH:
        for i in range(n):
            y = tanh(softplus(x[i]))
            gradient[i] *= y + x[i] * (_1 - y * y) * sigmoid(x[i])
    elif kind == GELU_BY_TANH:
        for i in range(n):
            y = tanh(_ROOT_2_BY_PI * (x[i] + _CUBED * x[i] * x[i] * x[i]))
            inner = _ROOT_2_BY_PI * (_1 + _3 * _CUBED * x[i] * x[i])
            gradient[i] *= _HALF * (_1 + y) + _HALF * x[i] * (_1 - y * y) * inner


@kernel
def softplus(x: Any) -> Any:
    """Return log(1 + exp(x))."""
    return np.float32(log_1_more(exp(-abs(x)))) + (x if x > _0 else _0)


@kernel
def _six(x: Any) -> Any:
    """Return x from 0 to 6."""
    return _0 if x < _0 else (_6 if x > _6 else x)
