"""The passes of layers that add or multiply random numbers in training, compiled apart."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.bits import hashed
from keras_search.tuner.training.kernels.arithmetic.elementwise import copy, log
from keras_search.tuner.training.kernels.arrays import NOISE, Floats, Memory
from keras_search.tuner.training.kernels.compiled import kernel
from keras_search.tuner.training.kernels.kinds import ADDED, MULTIPLIED, SET
from keras_search.tuner.training.kernels.words import Words

_0, _1, _2, _3, _5 = (np.float32(number) for number in (0, 1, 2, 3, 5))
_2_5, _ROOT_2, _HALF, _SHARE = (np.float32(number) for number in (2.5, 1.4142135623730951, 0.5, 2.0**-23))
_MIDDLE = 2**23
_NEAR = tuple(
    np.float32(number)
    for number in (
        *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087),
        *(-0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
    )
)
_FAR = tuple(
    np.float32(number)
    for number in (
        *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773),
        *(-0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
    )
)


def _noised(layer: Any, n: int, _rule: Any, _numbers: Floats, words: Words, memory: Memory) -> None:
    """Set the outputs of a layer, in training; without words copy its inputs."""
    size = n * layer.positions * layer.width
    out = memory.values[layer.after : layer.after + size]
    copy(memory.values[layer.before : layer.before + size], out)
    if len(words) > 0:
        disturb(layer, n, words, out, False)


def _noised_back(layer: Any, n: int, _rule: Any, _numbers: Floats, words: Words, memory: Memory) -> None:
    """Convert the gradient of its outputs to that of its inputs."""
    if layer.activation != ADDED:
        disturb(layer, n, words, memory.gradients[layer.gradient, : n * layer.positions * layer.width], True)


NOISE_PASSES = {NOISE: (_noised, _noised_back)}
"""The forward and backward passes, for `addresses_of`."""


@kernel
def disturb(layer: Any, n: int, words: Words, x: Floats, back: bool) -> None:
    """Disturb the numbers of x `(n, positions, width)`, or convert their gradient; they are numbered from -1 down."""
    one, two = words[0], words[1]
    number = -1 - layer.index * n
    for start in range(0, len(x), layer.width):
        row = x[start : start + layer.columns]
        for j in range(len(row)):
            drawn = hashed(number - j, one, two)
            if layer.activation == ADDED:
                row[j] += layer.first * normal(drawn)
            elif layer.activation == MULTIPLIED:
                row[j] *= _1 + layer.first * normal(drawn)
            elif layer.activation == SET:
                kept = row[j] if drawn >= layer.threshold else (_0 if back else layer.third)
                row[j] = layer.first * kept + (_0 if back else layer.second)
        number -= layer.columns


@kernel
def normal(drawn: int) -> Any:
    """Convert 24 random bits to a number of the normal distribution.

    It is the inverse of its share, by the polynomials of Giles, Approximating the erfinv function (2012), table 5.
    """
    below = drawn < _MIDDLE
    share = (np.float32(drawn if below else 2 * _MIDDLE - 1 - drawn) + _HALF) * _SHARE
    w = np.float32(-log(share * (_2 - share)))
    near, far = w - _2_5, np.sqrt(w if w > _5 else _5) - _3
    one, two = _0, _0
    for number in _NEAR:
        one = one * near + number
    for number in _FAR:
        two = two * far + number
    size = _ROOT_2 * (_1 - share) * (one if w < _5 else two)
    return -size if below else size
