"""Detect numbers for which float32, in which networks compute, is too coarse."""

import numpy as np

from keras_search.tuner.data.tree import Array

LOST = 1e-4
"""Rounding of this share of a deviation is too much."""
ROUNDING = 2.0**-24
"""The largest rounding of float32, in shares of a number."""


def is_coarse(values: Array) -> bool:
    """Return whether float32 rounds values `(n,)`, NaN where missing, by more than 1e-4 of their deviation."""
    there = values[~np.isnan(values)]
    if not there.size or there.min() == there.max():
        return False
    return bool(ROUNDING * np.abs(there).max() > LOST * there.std())


def centred(values: Array) -> tuple[Array, tuple[float, ...]]:
    """Return values to predict `(n, width)` as float32, and the offset subtracted from each column if needed."""
    if not any(is_coarse(column) for column in values.T):
        return values.astype(np.float32), ()
    offset = tuple(float(np.round(column.mean())) if is_coarse(column) else 0.0 for column in values.T)
    return (values - np.array(offset)).astype(np.float32), offset
