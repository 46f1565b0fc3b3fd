"""The natural logarithm, the same to the last bit on every processor: NumPy's own is not."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

_TERMS = 12
"""So many terms of the series are exact to double precision."""


def log(x: ArrayLike) -> NDArray[np.float64]:
    """Return the logarithm of positive finite numbers; of others, and of what is not a number, it is NumPy's.

    Of a fraction f between the roots of 1/2 and 2 it is the series of 2 artanh((f - 1) / (f + 1)).
    """
    numbers = np.asarray(x, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction, power = np.frexp(numbers)
        small = fraction < math.sqrt(0.5)
        fraction, power = np.where(small, 2 * fraction, fraction), power - small
        part = (fraction - 1) / (fraction + 1)
        square, series = part * part, np.zeros_like(part)
        for odd in range(2 * _TERMS - 1, 0, -2):
            series = series * square + 2 / odd
        usual = np.isfinite(numbers) & (numbers > 0)
        return np.asarray(np.where(usual, power * math.log(2) + part * series, np.log(numbers)))
