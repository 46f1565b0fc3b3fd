"""Elementwise and columnwise operations: activations, dropout, sums and rescaling."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.training.kernels.arithmetic.bits import ROUNDING, exponent, fraction, fused, hashed, two_to_the
from keras_search.tuner.training.kernels.arithmetic.sums import absolute_sum, square_sum
from keras_search.tuner.training.kernels.arrays import ELU, GELU, RELU, SELU, SIGMOID, SILU, TANH, Floats
from keras_search.tuner.training.kernels.compiled import kernel

_0, _QUARTER, _HALF, _1, _2 = (np.float32(number) for number in (0, 0.25, 0.5, 1, 2))
_LOG2_E, _LN2_HIGH, _LN2_LOW = np.float32(1.44269504088896341), np.float32(0.693359375), np.float32(-2.12194440e-4)
_E0, _E1, _E2 = np.float32(1.9875691500e-4), np.float32(1.3981999507e-3), np.float32(8.3334519073e-3)
_E3, _E4, _E5 = np.float32(4.1665795894e-2), np.float32(1.6666665459e-1), np.float32(5.0000001201e-1)
_LOWEST, _HIGHEST, _ROUNDING = np.float32(-87.3), np.float32(88.3), np.float32(ROUNDING)
_P, _A1, _A2 = np.float32(0.3275911), np.float32(0.254829592), np.float32(-0.284496736)
_A3, _A4, _A5 = np.float32(1.421413741), np.float32(-1.453152027), np.float32(1.061405429)
_ROOT_HALF, _DENSITY = np.float32(math.sqrt(0.5)), np.float32(1 / math.sqrt(2 * math.pi))
_X2, _X3, _X4, _X5, _X6, _X7 = (np.float32(1 / math.factorial(power)) for power in range(2, 8))
_ROOT_2, _LN_2 = 1.4142135623730951, 0.6931471805599453
_SELU_SCALE, _SELU_ALPHA = np.float32(1.05070098735548), np.float32(1.67326324235438)


@kernel
def exp(x: Any) -> Any:
    """Raise e to x in single precision, as Cephes' `expf` does (Moshier, https://www.netlib.org/cephes)."""
    x = _LOWEST if x < _LOWEST else x
    x = _HIGHEST if x > _HIGHEST else x
    rounded = fused(x, _LOG2_E, _ROUNDING)
    power = rounded - _ROUNDING
    r = fused(power, -_LN2_LOW, fused(power, -_LN2_HIGH, x))
    series = fused(fused(fused(_E0, r, _E1), r, _E2), r, _E3)
    series = fused(fused(series, r, _E4), r, _E5)
    return fused(fused(series, r, _1), r, _1) * two_to_the(rounded)


@kernel
def exp_less_1(x: Any) -> Any:
    """Return exp(x) - 1, near zero by its series, because the difference would lose digits there."""
    series = fused(fused(fused(_X7, x, _X6), x, _X5), x, _X4)
    series = fused(fused(fused(series, x, _X3), x, _X2), x, _1)
    return series * x if abs(x) < _QUARTER else exp(x) - _1


@kernel
def log(x: Any) -> Any:
    """Return the natural logarithm of a positive normal number of single precision, in double precision.

    Of its fraction f it is the series of 2 artanh((f - 1) / (f + 1)).
    """
    power, f = np.float64(exponent(x)), np.float64(fraction(x))
    if f > _ROOT_2:
        f, power = f * 0.5, power + 1.0
    part = (f - 1.0) / (f + 1.0)
    found = power * _LN_2 + part * _artanh_series(part * part)
    return found if x - x == _0 else np.float64(x)


@kernel
def _artanh_series(square: Any) -> Any:
    """Return 2 artanh(s) / s for `square` s * s, at most 1 / 9."""
    series = 2.0 / 19.0
    for odd in range(17, 0, -2):
        series = series * square + 2.0 / odd
    return series


@kernel
def log_1_more(x: Any) -> Any:
    """Return log(1 + x) in double precision, for x from -1/2 to 1, without the digits that the sum would lose."""
    part = np.float64(x) / (2.0 + np.float64(x))
    return part * _artanh_series(part * part)


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
    t = _1 / fused(_P, z, _1)
    series = fused(fused(fused(fused(_A5, t, _A4), t, _A3), t, _A2), t, _A1)
    upper = _HALF * series * t * density
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
            gradient[i] *= fused(x[i] * _DENSITY, density, normal_share(x[i], density))
    elif kind == SILU:
        for i in range(n):
            s = sigmoid(x[i])
            gradient[i] *= s * fused(x[i], _1 - s, _1)
    elif kind == TANH:
        for i in range(n):
            y = tanh(x[i])
            gradient[i] *= fused(-y, y, _1)
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
    absolute = absolute_sum(w, len(w)) if l1 else _0
    squared = square_sum(w, len(w)) if l2 else _0
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
