"""The cosine and the sine, the same on every processor."""

import math
from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.compiled import kernel

_RADIANS = np.float32(math.pi / 180)
_QUARTER_TURN = math.pi / 2
_SIN = tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(8))
_COS = tuple((-1) ** k / math.factorial(2 * k) for k in range(9))


@kernel
def cos_and_sin(degrees: Any) -> Any:
    """Return the cosine and the sine of an angle of a few turns at most, rounded from double precision.

    They are the Taylor series of what is left of the nearest quarter turn.
    """
    angle = np.float64(degrees * _RADIANS)
    quarters = math.floor(angle / _QUARTER_TURN + 0.5)
    rest = angle - quarters * _QUARTER_TURN
    square = rest * rest
    cos, sin = 0.0, 0.0
    for k in range(8, -1, -1):
        cos = cos * square + _COS[k]
    for k in range(7, -1, -1):
        sin = sin * square + _SIN[k]
    sin *= rest
    turned = quarters % 4
    if turned % 2 == 1:
        cos, sin = -sin, cos
    if turned >= 2:
        cos, sin = -cos, -sin
    return np.float32(cos), np.float32(sin)
