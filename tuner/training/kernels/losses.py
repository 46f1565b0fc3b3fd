"""The losses, their gradients, and the sums of which an epoch's metrics are made."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.training.kernels.arrays import (
    ABSOLUTE,
    BINARY,
    HUBER,
    LOG_COSH,
    LOSS_SUM,
    MAE,
    MATCHES,
    MSE,
    RIGHT,
    SQUARED,
    Floats,
    Targets,
)
from keras_search.tuner.training.kernels.compiled import kernel
from keras_search.tuner.training.kernels.elementwise import exp, sigmoid, sign, tanh

_0, _HALF, _1, _2 = (np.float32(number) for number in (0, 0.5, 1, 2))
_LN2 = math.log(2)

Sums = NDArray[np.float64]
"""The sums over an epoch's examples `(2, SUMS)`: in the first row each counts once, in the second by its weight."""


class Answers(NamedTuple):
    """The outputs of a model for a batch, and the targets with which they are compared."""

    outputs: Floats
    """For a cross-entropy, the logits: `(n * width,)`, of which the first `columns` of each row count."""
    width: int
    columns: int
    targets: Targets
    """Those of all examples."""
    batch: NDArray[np.int32]
    """The indices of the batch `(n,)` among them."""


@kernel
def cross_entropy(loss: Any, answers: Answers, gradient: Floats, sums: Sums) -> None:
    """Add the losses of a batch and the correct answers to `sums`; set the gradient of the batch's weighted mean loss.

    `loss` is a record of LOSS.
    """
    logits, width, classes, targets, batch = answers
    losses = 0.0
    share = loss.scale / np.float32(len(batch))
    for i in range(len(batch)):
        row = logits[i * width : i * width + classes]
        out = gradient[i * width : (i + 1) * width]
        best, label, weight = 0, targets.labels[batch[i]], targets.weights[batch[i]]
        for j in range(1, classes):
            if row[j] > row[best]:
                best = j
        total = _0
        for j in range(classes):
            out[j] = exp(row[j] - row[best])
            total += out[j]
        losses += weight * (math.log(total) - (row[label] - row[best]))
        if best == label:
            sums[0, RIGHT] += 1
            sums[1, RIGHT] += weight
        part = share * weight
        for j in range(classes):
            out[j] *= part / total
        out[label] -= part
        out[classes:] = _0
    sums[1, LOSS_SUM] += losses


@kernel
def smooth(loss: Any, answers: Answers, gradient: Floats, sums: Sums) -> None:
    """Change the results of `cross_entropy` to those of smoothed targets, of which all classes share a part.

    It is apart, because the order of the sums in `cross_entropy` would change with it.
    """
    logits, width, classes, targets, batch = answers
    losses, share = 0.0, loss.smoothing * loss.scale / np.float32(len(batch))
    for i in range(len(batch)):
        row = logits[i * width : i * width + classes]
        out = gradient[i * width : (i + 1) * width]
        label, weight = targets.labels[batch[i]], targets.weights[batch[i]]
        gaps = _0
        for j in range(classes):
            gaps += row[label] - row[j]
            out[j] -= share * weight / np.float32(classes)
        losses += weight * gaps / np.float32(classes)
        out[label] += share * weight
    sums[1, LOSS_SUM] += loss.smoothing * losses


@kernel
def column_loss(loss: Any, answers: Answers, gradient: Floats, sums: Sums) -> None:
    """Add the losses of a batch, means over columns, to `sums`; set the gradient of the batch's weighted mean loss.

    `loss` is a record of LOSS. If it says that a sigmoid follows, the logits become the probabilities.
    """
    outputs, width, columns, targets, batch = answers
    total, share = 0.0, loss.scale / np.float32(len(batch) * columns)
    for i in range(len(batch)):
        row = outputs[i * width : i * width + columns]
        out = gradient[i * width : (i + 1) * width]
        truth = targets.values[batch[i] * columns : (batch[i] + 1) * columns]
        weight = targets.weights[batch[i]]
        if loss.kind == BINARY:
            total += weight * binary_row(loss, row, truth, share * weight, out)
        else:
            total += weight * error_row(loss, row, truth, share * weight, out)
        out[columns:] = _0
    sums[1, LOSS_SUM] += total / columns


@kernel
def error_row(loss: Any, row: Floats, truth: Floats, part: Any, out: Floats) -> float:
    """Return the sum of the losses of an example's errors; set `part` of its gradient."""
    total = 0.0
    for j in range(len(row)):
        error = row[j] - truth[j]
        if loss.kind == MSE:
            total += error * error
            out[j] = part * _2 * error
        elif loss.kind == MAE:
            total += abs(error)
            out[j] = part * sign(error)
        elif loss.kind == HUBER:
            inside = abs(error) <= loss.delta
            total += _HALF * error * error if inside else loss.delta * abs(error) - _HALF * loss.delta * loss.delta
            out[j] = part * (error if inside else loss.delta * sign(error))
        elif loss.kind == LOG_COSH:
            total += abs(error) + math.log1p(math.exp(-2.0 * abs(error))) - _LN2
            out[j] = part * tanh(error)
    return total


@kernel
def binary_row(loss: Any, row: Floats, truth: Floats, part: Any, out: Floats) -> float:
    """Return the sum of the binary cross-entropies of an example's logits; set `part` of its gradient."""
    total = 0.0
    for j in range(len(row)):
        z = row[j]
        target = truth[j] * (_1 - loss.smoothing) + _HALF * loss.smoothing
        chance = sigmoid(z)
        total += (_0 if z < _0 else z) - z * target + math.log1p(exp(-abs(z)))
        out[j] = part * (chance - target)
        if loss.sigmoid:
            row[j] = chance
    return total


@kernel
def measure(answers: Answers, sums: Sums) -> None:
    """Add a batch's errors and agreements, means over columns, to `sums`.

    An output matches its target if that is 1 and the output is above a half, or 0 and it is not. An example is right
    if its largest output is at the place of its largest target.
    """
    outputs, width, columns, targets, batch = answers
    for i in range(len(batch)):
        row = outputs[i * width : i * width + columns]
        truth = targets.values[batch[i] * columns : (batch[i] + 1) * columns]
        weight = targets.weights[batch[i]]
        absolute, squared, matches, best, truest = 0.0, 0.0, 0, 0, 0
        for j in range(columns):
            error = row[j] - truth[j]
            absolute += abs(error)
            squared += error * error
            matches += (_1 if row[j] > _HALF else _0) == truth[j]
            best = j if row[j] > row[best] else best
            truest = j if truth[j] > truth[truest] else truest
        for counts in range(2):
            factor = (weight if counts else _1) / np.float64(columns)
            sums[counts, ABSOLUTE] += absolute * factor
            sums[counts, SQUARED] += squared * factor
            sums[counts, MATCHES] += matches * factor
            if best == truest:
                sums[counts, RIGHT] += weight if counts else _1
