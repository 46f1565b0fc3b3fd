"""The exponential function and powers, the same to the last bit on every processor: NumPy's own are not."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_search.tuner.system.logarithm import log

_TERMS = 15
"""So many terms of the series are exact to double precision."""
_LOG_2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
_LOG_2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
"""Two parts of log 2: the product of the first and a whole number below 2048 is exact."""
_LEAST, _MOST = -746.0, 710.0
"""Their exponentials are 0 and infinite."""


def exp(x: ArrayLike) -> NDArray[np.float64]:
    """Return the exponential of numbers; that of what is not a number is not a number.

    It is the Taylor series of what is left of the nearest multiple of log 2.
    """
    numbers = np.asarray(x, np.float64)
    within = np.clip(np.nan_to_num(numbers, nan=0.0), _LEAST, _MOST)
    doublings = np.rint(within / math.log(2))
    rest = (within - doublings * _LOG_2_HIGH) - doublings * _LOG_2_LOW
    series = np.ones_like(rest)
    for term in range(_TERMS, 0, -1):
        series = 1 + series * rest / term
    with np.errstate(over="ignore", under="ignore"):
        found = np.ldexp(series, doublings.astype(np.int64))
    return np.asarray(np.where(np.isnan(numbers), numbers, found))


def power(bases: ArrayLike, exponents: ArrayLike) -> NDArray[np.float64]:
    """Raise positive numbers, or 0, to positive powers or to 0."""
    base, exponent = np.asarray(bases, np.float64), np.asarray(exponents, np.float64)
    raised = exp(exponent * log(np.where(base > 0, base, 1.0)))
    return np.asarray(np.where(exponent == 0, 1.0, np.where(base > 0, raised, 0.0)))
