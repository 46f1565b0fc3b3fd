"""The losses that few networks have, and their gradients, compiled apart: hinges, divergence, cosine, focal losses."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.elementwise import exp, log, log_1_more, sigmoid
from keras_search.tuner.training.kernels.arithmetic.sums import row_sum
from keras_search.tuner.training.kernels.arrays import (
    BINARY_FOCAL,
    CATEGORICAL_HINGE,
    COSINE,
    DIVERGENCE,
    FOCAL,
    HINGE,
    LOSS_SUM,
    RARE_LOSS,
    SQUARED_HINGE,
    Answers,
    Floats,
    Sums,
)
from keras_search.tuner.training.kernels.compiled import kernel
from keras_search.tuner.training.kernels.losses.losses import larger

_0, _HALF, _1, _2 = (np.float32(number) for number in (0, 0.5, 1, 2))


def rare_loss(loss: Any, answers: Answers, gradient: Floats, sums: Sums) -> None:
    """Add the losses of a batch to `sums`; set the gradient of the batch's weighted mean loss.

    `loss` is a record of LOSS. If it says that a sigmoid follows, the logits become the probabilities.
    """
    outputs, width, columns, targets, batch = answers
    total, share = 0.0, loss.scale / np.float32(len(batch))
    for i in range(len(batch)):
        row, out = outputs[i * width : i * width + columns], gradient[i * width : i * width + columns]
        truth, weight = targets.values[batch[i] * columns : (batch[i] + 1) * columns], targets.weights[batch[i]]
        part = share * weight
        if loss.kind in (HINGE, SQUARED_HINGE):
            total += weight * hinge(loss.kind == SQUARED_HINGE, row, truth, part, out)
        elif loss.kind == CATEGORICAL_HINGE:
            total += weight * categorical_hinge(row, truth, part, out)
        elif loss.kind == DIVERGENCE:
            total += weight * divergence(row, truth, loss.delta, part, out)
        elif loss.kind == COSINE:
            total += weight * cosine(row, truth, loss.delta, part, out)
        elif loss.kind == BINARY_FOCAL:
            total += weight * binary_focal(loss, row, truth, part, out)
        elif loss.kind == FOCAL:
            total += weight * focal(loss, row, truth, part, out)
        gradient[i * width + columns : (i + 1) * width] = _0
    sums[1, LOSS_SUM] += total


@kernel
def hinge(squared: bool, row: Floats, truth: Floats, part: Any, out: Floats) -> Any:
    """Return the loss of an example, the mean over its columns; set `out` to `part` of its gradient.

    The targets are -1 and 1, or 0 and 1.
    """
    n = len(row)
    for j in range(n):
        gap = larger(_1 - side_of(truth[j]) * row[j], _0)
        out[j] = gap * gap if squared else gap
    loss = row_sum(out, n) / np.float32(n)
    for j in range(n):
        side = side_of(truth[j])
        gap = _1 - side * row[j]
        out[j] = _0 if gap < _0 else -part / np.float32(n) * side * (_2 * gap if squared else _1)
    return loss


@kernel
def side_of(truth: Any) -> Any:
    """Return -1 or 1."""
    return _1 if truth > _0 else -_1


@kernel
def categorical_hinge(row: Floats, truth: Floats, part: Any, out: Floats) -> Any:
    """Return the loss of an example; set `out` to `part` of its gradient, of which the largest wrong ones share one."""
    n, most, ties = len(row), (_1 - truth[0]) * row[0], _0
    for j in range(n):
        out[j] = truth[j] * row[j]
        wrong = (_1 - truth[j]) * row[j]
        most = most if wrong <= most else wrong
    gap = most - row_sum(out, n) + _1
    for j in range(n):
        ties += _1 if (_1 - truth[j]) * row[j] == most else _0
    for j in range(n):
        pushed = (_1 - truth[j]) / ties if (_1 - truth[j]) * row[j] == most else _0
        out[j] = _0 if gap < _0 else part * (pushed - truth[j])
    return larger(gap, _0)


@kernel
def divergence(row: Floats, truth: Floats, least: Any, part: Any, out: Floats) -> Any:
    """Return the divergence of an example's shares from the true ones; set `out` to `part` of its gradient."""
    n = len(row)
    for j in range(n):
        right = limited(truth[j], least, _1)
        out[j] = right * np.float32(log(right / limited(row[j], least, _1)))
    loss = row_sum(out, n)
    for j in range(n):
        out[j] = _0 if row[j] < least or row[j] > _1 else -part * limited(truth[j], least, _1) / row[j]
    return loss


@kernel
def limited(x: Any, least: Any, most: Any) -> Any:
    """Return x, or the nearest number from `least` to `most`."""
    return most if x > most else larger(x, least)


@kernel
def cosine(row: Floats, truth: Floats, least: Any, part: Any, out: Floats) -> Any:
    """Return the negative cosine of an example's angle to the truth; set `out` to `part` of its gradient."""
    n = len(row)
    right, own = inverse_length(truth, least, out), inverse_length(row, least, out)
    for j in range(n):
        out[j] = truth[j] * right * (row[j] * own)
    similarity = row_sum(out, n)
    turns = own * least < _1
    for j in range(n):
        along = similarity * (row[j] * own) if turns else _0
        out[j] = -part * own * (truth[j] * right - along)
    return -similarity


@kernel
def inverse_length(row: Floats, least: Any, scratch: Floats) -> Any:
    """Return one over the length of a vector, at most one over `least`."""
    for j in range(len(row)):
        scratch[j] = row[j] * row[j]
    inverse, most = _1 / np.sqrt(row_sum(scratch, len(row))), _1 / least
    return most if inverse > most else inverse


@kernel
def binary_focal(loss: Any, row: Floats, truth: Floats, part: Any, out: Floats) -> Any:
    """Return the loss of an example's logits, the mean over its columns; set `out` to `part` of its gradient."""
    n, gamma = len(row), loss.gamma
    for j in range(n):
        z, target = row[j], truth[j] * (_1 - loss.smoothing) + _HALF * loss.smoothing
        entropy = larger(z, _0) - z * target + np.float32(log_1_more(exp(-abs(z))))
        out[j] = balance(loss, target) * power(missing(sigmoid(z), target), gamma) * entropy
    found = row_sum(out, n) / np.float32(n)
    for j in range(n):
        z, target = row[j], truth[j] * (_1 - loss.smoothing) + _HALF * loss.smoothing
        entropy = larger(z, _0) - z * target + np.float32(log_1_more(exp(-abs(z))))
        chance = sigmoid(z)
        far = missing(chance, target)
        growth = gamma * power(far, gamma - _1) * (_1 - _2 * target) * chance * (_1 - chance)
        slope = power(far, gamma) * (chance - target) + entropy * growth
        out[j] = part / np.float32(n) * balance(loss, target) * slope
        if loss.sigmoid:
            row[j] = chance
    return found


@kernel
def missing(chance: Any, target: Any) -> Any:
    """Return how much the chance of what is true falls short of one."""
    return _1 - (target * chance + (_1 - target) * (_1 - chance))


@kernel
def balance(loss: Any, target: Any) -> Any:
    """Return the weight of a target."""
    return target * loss.alpha + (_1 - target) * (_1 - loss.alpha) if loss.balances else _1


@kernel
def power(x: Any, exponent: Any) -> Any:
    """Return a power of x, which is not below zero but for rounding; the exponent is not negative."""
    if exponent == _0:
        return _1
    if exponent == _1:
        return x
    if exponent == _2:
        return x * x
    return _0 if x <= _0 else exp(exponent * np.float32(log(x)))


@kernel
def focal(loss: Any, row: Floats, truth: Floats, part: Any, out: Floats) -> Any:
    """Return the loss of the probabilities of classes; set `out` to `part` of its gradient."""
    n, least, gamma, share = len(row), loss.delta, loss.gamma, loss.smoothing / np.float32(len(row))
    total, most = row_sum(row, n), _1 - loss.delta
    for j in range(n):
        chance, target = limited(row[j] / total, least, most), truth[j] * (_1 - loss.smoothing) + share
        out[j] = loss.alpha * power(_1 - chance, gamma) * (-target * np.float32(log(chance)))
    found, along = row_sum(out, n), _0
    for j in range(n):
        chance, target = limited(row[j] / total, least, most), truth[j] * (_1 - loss.smoothing) + share
        slope = gamma * power(_1 - chance, gamma - _1) * np.float32(log(chance)) - power(_1 - chance, gamma) / chance
        out[j] = loss.alpha * target * slope if row[j] / total == chance else _0
        along += out[j] * (row[j] / total)
    for j in range(n):
        out[j] = part * (out[j] - along) / total
    return found


RARE_LOSSES = {RARE_LOSS: (rare_loss,)}
"""Its address is among those of the passes of layers."""
