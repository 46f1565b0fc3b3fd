"""Elementwise and columnwise operations: activations, dropout, sums and rescaling."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.training.kernels.arrays import ELU, GELU, RELU, SELU, SIGMOID, SILU, TANH, Floats
from keras_search.tuner.training.kernels.bits import hashed, two_to_the
from keras_search.tuner.training.kernels.compiled import kernel

_0, _QUARTER, _HALF, _1, _2 = (np.float32(number) for number in (0, 0.25, 0.5, 1, 2))
_LOG2_E, _LN2_HIGH, _LN2_LOW = np.float32(1.44269504088896341), np.float32(0.693359375), np.float32(-2.12194440e-4)
_E0, _E1, _E2 = np.float32(1.9875691500e-4), np.float32(1.3981999507e-3), np.float32(8.3334519073e-3)
_E3, _E4, _E5 = np.float32(4.1665795894e-2), np.float32(1.6666665459e-1), np.float32(5.0000001201e-1)
_LOWEST, _HIGHEST = np.float32(-87.3), np.float32(88.3)
_P, _A1, _A2 = np.float32(0.3275911), np.float32(0.254829592), np.float32(-0.284496736)
_A3, _A4, _A5 = np.float32(1.421413741), np.float32(-1.453152027), np.float32(1.061405429)
_ROOT_HALF, _DENSITY = np.float32(math.sqrt(0.5)), np.float32(1 / math.sqrt(2 * math.pi))
_SELU_SCALE, _SELU_ALPHA = np.float32(1.05070098735548), np.float32(1.67326324235438)


@kernel
def exp(x: Any) -> Any:
    """Raise e to x in single precision, as Cephes' `expf` does (Moshier, https://www.netlib.org/cephes)."""
    x = _LOWEST if x < _LOWEST else x
    x = _HIGHEST if x > _HIGHEST else x
    power = np.floor(x * _LOG2_E + _HALF)
    power = power if power == power else _0
    r = x - power * _LN2_HIGH - power * _LN2_LOW
    series = ((((_E0 * r + _E1) * r + _E2) * r + _E3) * r + _E4) * r + _E5
    return (series * r * r + r + _1) * two_to_the(power)


@kernel
def exp_less_1(x: Any) -> Any:
    """Return exp(x) - 1, near zero by its series, because the difference would lose digits there."""
    series = _1
    for divisor in range(7, 1, -1):
        series = _1 + series * x / np.float32(divisor)
    return series * x if abs(x) < _QUARTER else exp(x) - _1


@kernel
def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent."""
    grown = exp_less_1(_2 * x)
    return grown / (grown + _2)


@kernel
def normal_share(x: Any, density: Any) -> Any:
    """Return the share of the normal distribution below x; `density` is exp(-x * x / 2).

    Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: off by at most 1e-7.
    """
    z = abs(x) * _ROOT_HALF
    t = _1 / (_1 + _P * z)
    upper = _HALF * ((((_A5 * t + _A4) * t + _A3) * t + _A2) * t + _A1) * t * density
    return _1 - upper if x > _0 else upper


@kernel
def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x))."""
    return _1 / (_1 + exp(-x))


@kernel
def sign(x: Any) -> Any:
    """Return 1, -1, or x itself if it is zero or not a number."""
    return _1 if x > _0 else (-_1 if x < _0 else x)


@kernel
def copy(x: Floats, y: Floats) -> None:
    """Set the first numbers of y to x."""
    for i in range(len(x)):
        y[i] = x[i]


@kernel
def activate(kind: int, x: Floats, y: Floats) -> None:
    """Set y to the activation of x."""
    n = len(x)
    if kind == RELU:
        for i in range(n):
            y[i] = _0 if x[i] < _0 else x[i]
    elif kind == GELU:
        for i in range(n):
            y[i] = x[i] * normal_share(x[i], exp(-_HALF * x[i] * x[i]))
    elif kind == SILU:
        for i in range(n):
            y[i] = x[i] * sigmoid(x[i])
    elif kind == TANH:
        for i in range(n):
            y[i] = tanh(x[i])
    elif kind == SIGMOID:
        for i in range(n):
            y[i] = sigmoid(x[i])
    elif kind == ELU:
        for i in range(n):
            y[i] = exp_less_1(x[i]) if x[i] < _0 else x[i]
    elif kind == SELU:
        for i in range(n):
            y[i] = _SELU_SCALE * (_SELU_ALPHA * exp_less_1(x[i]) if x[i] < _0 else x[i])


@kernel
def activate_back(kind: int, x: Floats, gradient: Floats) -> None:
    """Multiply the gradient by the activation's slope at x."""
    n = len(x)
    if kind == RELU:
        for i in range(n):
            gradient[i] = _0 if x[i] <= _0 else gradient[i]
    elif kind == GELU:
        for i in range(n):
            density = exp(-_HALF * x[i] * x[i])
            gradient[i] *= normal_share(x[i], density) + x[i] * _DENSITY * density
    elif kind == SILU:
        for i in range(n):
            s = sigmoid(x[i])
            gradient[i] *= s * (_1 + x[i] * (_1 - s))
    elif kind == TANH:
        for i in range(n):
            y = tanh(x[i])
            gradient[i] *= _1 - y * y
    elif kind == SIGMOID:
        for i in range(n):
            s = sigmoid(x[i])
            gradient[i] *= s * (_1 - s)
    elif kind == ELU:
        for i in range(n):
            gradient[i] *= exp(x[i]) if x[i] < _0 else _1
    elif kind == SELU:
        for i in range(n):
            gradient[i] *= _SELU_SCALE * (_SELU_ALPHA * exp(x[i]) if x[i] < _0 else _1)


@kernel
def drop(
    x: Floats, columns: int, width: int, index: int, words: NDArray[np.uint32], threshold: int, scale: float
) -> None:
    """Drop each element of x `(n, width)`, or multiply it by `scale`; they are numbered from `index`.

    It does the same to the gradient.
    """
    first, second = words
    for start in range(0, len(x), width):
        row = x[start : start + width]
        for i in range(columns):
            row[i] = row[i] * scale if hashed(index + i, first, second) >= threshold else _0
        index += columns


@kernel
def move(
    x: Floats, width: int, column: int, columns: int, adds: bool, y: Floats, out_width: int, out_column: int
) -> None:
    """Set `columns` columns of y `(n, out_width)`, from `out_column` on, to those of x `(n, width)` from `column` on.

    With `adds`, add them instead. From the first column on, what is behind them is set to zero.
    """
    for i in range(len(x) // width):
        row, out = x[i * width + column :], y[i * out_width + out_column : i * out_width + out_column + columns]
        if adds:
            for j in range(columns):
                out[j] += row[j]
        else:
            for j in range(columns):
                out[j] = row[j]
            if out_column == 0:
                y[i * out_width + columns : (i + 1) * out_width] = _0


@kernel
def rescale(x: Floats, y: Floats, factor: Floats, offset: Floats) -> None:
    """Set each row of y `(n, width)` to that of x multiplied by `factor`, plus `offset`, both `(width,)`."""
    width = len(factor)
    for start in range(0, len(x), width):
        row, out = x[start : start + width], y[start : start + width]
        for j in range(width):
            out[j] = row[j] * factor[j] + offset[j]


@kernel
def rescale_back(gradient: Floats, factor: Floats) -> None:
    """Multiply each row of the gradient `(n, width)` by `factor` `(width,)`."""
    width = len(factor)
    for start in range(0, len(gradient), width):
        row = gradient[start : start + width]
        for j in range(width):
            row[j] *= factor[j]


@kernel
def add_to_rows(x: Floats, bias: Floats) -> None:
    """Add the bias to each row of x `(n, width)`."""
    width = len(bias)
    for start in range(0, len(x), width):
        row = x[start : start + width]
        for j in range(width):
            row[j] += bias[j]


@kernel
def price(w: Floats, l1: Any, l2: Any) -> Any:
    """Return the regularization loss of parameters: `l1` for their absolute values, `l2` for their squares."""
    absolute, squared = _0, _0
    for i in range(len(w)):
        absolute += abs(w[i])
        squared += w[i] * w[i]
    return l1 * absolute + l2 * squared


@kernel
def add_slope_of_price(w: Floats, l1: Any, l2: Any, gradient: Floats) -> None:
    """Add the gradient of `price` to that of parameters."""
    for i in range(len(w)):
        gradient[i] += l1 * sign(w[i]) + _2 * l2 * w[i]


@kernel
def limit_columns(w: Floats, most: Any, epsilon: Any, norms: Floats) -> None:
    """Scale each column of w `(rows, width)` to the norm `most` if it has more; `norms` `(width,)` is scratch space."""
    width = len(norms)
    norms[:] = _0
    for start in range(0, len(w), width):
        row = w[start : start + width]
        for j in range(width):
            norms[j] += row[j] * row[j]
    for j in range(width):
        norm = np.sqrt(norms[j])
        norms[j] = (most if norm > most else norm) / (epsilon + norm)
    for start in range(0, len(w), width):
        row = w[start : start + width]
        for j in range(width):
            row[j] *= norms[j]


@kernel
def sum_rows(x: Floats, total: Floats) -> None:
    """Set `total` to the sums of the columns of x `(n, width)`."""
    width = len(total)
    total[:] = _0
    for start in range(0, len(x), width):
        row = x[start : start + width]
        for j in range(width):
            total[j] += row[j]
