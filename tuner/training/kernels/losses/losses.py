"""The losses, their gradients, and the sums of which an epoch's metrics are made."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.elementwise import (
    exp,
    exp_less_1,
    log,
    log_1_more,
    sigmoid,
    sign,
    tanh,
)
from keras_search.tuner.training.kernels.arithmetic.sums import row_dot, row_sum
from keras_search.tuner.training.kernels.arrays import (
    ABSOLUTE,
    BINARY,
    HUBER,
    LOG_COSH,
    LOGARITHMIC,
    LOSS_SUM,
    MAE,
    MATCHES,
    MSE,
    PERCENTAGE,
    POISSON,
    RIGHT,
    SQUARED,
    Answers,
    Floats,
    Sums,
)
from keras_search.tuner.training.kernels.compiled import kernel

_0, _HALF, _1, _2 = (np.float32(number) for number in (0, 0.5, 1, 2))
_100, _NONE = np.float32(100), np.float32(np.nan)
_LN_2 = 0.6931471805599453


@kernel
def cross_entropy(loss: Any, answers: Answers, gradient: Floats, sums: Sums) -> None:
    """Add the losses of a batch and the correct answers to `sums`; set the gradient of the batch's weighted mean loss.

    `loss` is a record of LOSS.
    """
    logits, width, classes, targets, batch = answers
    losses = 0.0
    share = loss.scale / np.float32(len(batch))
    for i in range(len(batch)):
        row, out = logits[i * width : (i + 1) * width], gradient[i * width : (i + 1) * width]
        best, label, weight = 0, targets.labels[batch[i]], targets.weights[batch[i]]
        for j in range(1, classes):
            if row[j] > row[best]:
                best = j
        top = row[best]
        for j in range(width):  # with the padding, which counts for nothing
            out[j] = exp(row[j] - top)
        total = row_sum(out, classes)
        losses += weight * (log(total) - (row[label] - top))
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
        for j in range(classes):
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
    total, share, kind = 0.0, loss.scale / np.float32(len(batch) * columns), loss.kind
    for i in range(len(batch)):
        row = outputs[i * width : i * width + columns]
        out = gradient[i * width : (i + 1) * width]
        truth = targets.values[batch[i] * columns : (batch[i] + 1) * columns]
        weight = targets.weights[batch[i]]
        if kind == BINARY:
            binary_losses(row, truth, loss.smoothing, out)
            total += weight * row_sum(out, columns)
            binary_slopes(row, truth, loss.smoothing, share * weight, loss.sigmoid, out)
        else:
            error_losses(kind, row, truth, loss.delta, out)
            total += weight * row_sum(out, columns)
            error_slopes(kind, row, truth, loss.delta, share * weight, out)
        out[columns:] = _0
    sums[1, LOSS_SUM] += total / columns


@kernel
def error_losses(kind: int, row: Floats, truth: Floats, delta: Any, out: Floats) -> None:
    """Set `out` to the losses of an example's errors."""
    n = len(row)
    if kind == MSE:
        for j in range(n):
            out[j] = (row[j] - truth[j]) * (row[j] - truth[j])
    elif kind == MAE:
        for j in range(n):
            out[j] = abs(row[j] - truth[j])
    elif kind == HUBER:
        for j in range(n):
            size = abs(row[j] - truth[j])
            out[j] = _HALF * size * size if size <= delta else delta * size - _HALF * delta * delta
    elif kind == LOG_COSH:
        for j in range(n):
            out[j] = log_cosh(row[j] - truth[j])
    elif kind == PERCENTAGE:
        for j in range(n):
            out[j] = _100 * abs((truth[j] - row[j]) / larger(abs(truth[j]), delta))
    elif kind == LOGARITHMIC:
        for j in range(n):
            gap = log(larger(row[j], delta) + _1) - log(larger(truth[j], delta) + _1)
            out[j] = gap * gap
    elif kind == POISSON:
        for j in range(n):
            rate = row[j] + delta
            out[j] = row[j] - truth[j] * log(rate) if rate > _0 else _NONE


@kernel
def error_slopes(kind: int, row: Floats, truth: Floats, delta: Any, part: Any, out: Floats) -> None:
    """Set `out` to `part` of the gradient of an example's errors."""
    n = len(row)
    if kind == MSE:
        for j in range(n):
            out[j] = part * _2 * (row[j] - truth[j])
    elif kind == MAE:
        for j in range(n):
            out[j] = part * sign(row[j] - truth[j])
    elif kind == HUBER:
        for j in range(n):
            error = row[j] - truth[j]
            out[j] = part * (error if abs(error) <= delta else delta * sign(error))
    elif kind == LOG_COSH:
        for j in range(n):
            out[j] = part * tanh(row[j] - truth[j])
    elif kind == PERCENTAGE:
        for j in range(n):
            out[j] = part * _100 * sign(row[j] - truth[j]) / larger(abs(truth[j]), delta)
    elif kind == LOGARITHMIC:
        for j in range(n):
            above = larger(row[j], delta) + _1
            gap = log(above) - log(larger(truth[j], delta) + _1)
            out[j] = part * _2 * np.float32(gap) / above * (_0 if row[j] < delta else _1)
    elif kind == POISSON:
        for j in range(n):
            out[j] = part * (_1 - truth[j] / (row[j] + delta))


@kernel
def larger(x: Any, least: Any) -> Any:
    """Return x, but at least `least`."""
    return least if x < least else x


@kernel
def log_cosh(x: Any) -> Any:
    """Return log(cosh(x)), for small x as log(1 + (cosh(x) - 1)), because the other sum would lose digits there."""
    size = abs(x)
    grown = exp_less_1(size)
    above = grown * grown / (_2 + _2 * grown) if size < _1 else exp(-_2 * size)
    return log_1_more(above) + (0.0 if size < _1 else np.float64(size) - _LN_2)


@kernel
def binary_losses(row: Floats, truth: Floats, smoothing: Any, out: Floats) -> None:
    """Set `out` to the binary cross-entropies of an example's logits."""
    for j in range(len(row)):
        z = row[j]
        target = truth[j] * (_1 - smoothing) + _HALF * smoothing
        out[j] = (_0 if z < _0 else z) - z * target + log_1_more(exp(-abs(z)))


@kernel
def binary_slopes(row: Floats, truth: Floats, smoothing: Any, part: Any, sigmoids: bool, out: Floats) -> None:
    """Set `out` to `part` of the gradient of an example's logits, which become probabilities with `sigmoids`."""
    for j in range(len(row)):
        chance = sigmoid(row[j])
        out[j] = part * (chance - (truth[j] * (_1 - smoothing) + _HALF * smoothing))
        if sigmoids:
            row[j] = chance


@kernel
def measure(answers: Answers, errors: Floats, sums: Sums) -> None:
    """Add a batch's errors and agreements, means over columns, to `sums`.

    An output matches its target if that is 1 and the output is above a half, or 0 and it is not. An example is right
    if its largest output is at the place of its largest target. `errors` is scratch space for a row.
    """
    outputs, width, columns, targets, batch = answers
    for i in range(len(batch)):
        row = outputs[i * width : i * width + columns]
        truth = targets.values[batch[i] * columns : (batch[i] + 1) * columns]
        weight = targets.weights[batch[i]]
        matches, best, truest = 0, 0, 0
        for j in range(columns):
            errors[j] = abs(row[j] - truth[j])
        absolute, squared = row_sum(errors, columns), row_dot(errors, errors, columns)
        for j in range(columns):
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
