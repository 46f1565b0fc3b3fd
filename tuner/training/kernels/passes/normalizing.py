"""Batch normalization by column, and layer normalization by row: outputs and gradients."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.bits import fused
from keras_search.tuner.training.kernels.arithmetic.sums import row_dot, row_sum
from keras_search.tuner.training.kernels.arrays import Floats
from keras_search.tuner.training.kernels.compiled import kernel

_0, _1 = np.float32(0), np.float32(1)


@kernel
def normalize(
    x: Floats,
    y: Floats,
    centred: Floats,
    inverse: Floats,
    gamma: Floats,
    beta: Floats,
    mean: Floats,
    variance: Floats,
    momentum: Any,
    epsilon: Any,
    average: Floats,
    spread: Floats,
) -> None:
    """Normalize x `(n, width)` into y by column; store what the gradient needs; update the running averages.

    `average` and `spread` `(width,)` are set to those of the batch.
    """
    width = len(gamma)
    n = len(x) // width
    rate = _1 / np.float32(n)
    average[:] = _0
    for start in range(0, len(x), width):
        row = x[start : start + width]
        for j in range(width):
            average[j] += row[j]
    spread[:] = _0
    for j in range(width):
        average[j] *= rate
    for start in range(0, len(x), width):
        row, kept = x[start : start + width], centred[start : start + width]
        for j in range(width):
            kept[j] = row[j] - average[j]
            spread[j] = fused(kept[j], kept[j], spread[j])
    for j in range(width):
        spread[j] *= rate
        inverse[j] = _1 / np.sqrt(spread[j] + epsilon)
        mean[j] = mean[j] * momentum + average[j] * (_1 - momentum)
        variance[j] = variance[j] * momentum + spread[j] * (_1 - momentum)
    for start in range(0, len(x), width):
        kept, out = centred[start : start + width], y[start : start + width]
        for j in range(width):
            kept[j] *= inverse[j]
            out[j] = fused(kept[j], gamma[j], beta[j])


@kernel
def normalize_back(
    gradient: Floats, centred: Floats, inverse: Floats, gamma: Floats, for_gamma: Floats, for_beta: Floats
) -> None:
    """Convert the gradient of a normalization's outputs to that of its inputs, and compute those of gamma and beta."""
    width = len(gamma)
    rate = _1 / np.float32(len(gradient) // width)
    for_gamma[:] = _0
    for_beta[:] = _0
    for start in range(0, len(gradient), width):
        row, kept = gradient[start : start + width], centred[start : start + width]
        for j in range(width):
            for_beta[j] += row[j]
            for_gamma[j] = fused(row[j], kept[j], for_gamma[j])
    for start in range(0, len(gradient), width):
        row, kept = gradient[start : start + width], centred[start : start + width]
        for j in range(width):
            row[j] = gamma[j] * inverse[j] * (row[j] - rate * fused(kept[j], for_gamma[j], for_beta[j]))


@kernel
def normalize_by(
    x: Floats,
    y: Floats,
    gamma: Floats,
    beta: Floats,
    mean: Floats,
    variance: Floats,
    epsilon: Any,
    scale: Floats,
    shift: Floats,
) -> None:
    """Normalize x `(n, width)` into y by the running averages; `scale` and `shift` `(width,)` are scratch space."""
    width = len(gamma)
    for j in range(width):
        scale[j] = gamma[j] / np.sqrt(variance[j] + epsilon)
        shift[j] = beta[j] - mean[j] * scale[j]
    for start in range(0, len(x), width):
        row, out = x[start : start + width], y[start : start + width]
        for j in range(width):
            out[j] = fused(row[j], scale[j], shift[j])


@kernel
def normalize_rows(
    x: Floats, y: Floats, columns: int, centred: Floats, inverse: Floats, gamma: Floats, beta: Floats, epsilon: Any
) -> None:
    """Normalize the `columns` numbers of each row of x `(n, width)` into y; store what the gradient needs."""
    width, rate = len(gamma), _1 / np.float32(columns)
    for i in range(len(x) // width):
        row, kept = x[i * width : i * width + columns], centred[i * width : (i + 1) * width]
        out = y[i * width : i * width + columns]
        average = row_sum(row, columns) * rate
        for j in range(columns):
            kept[j] = row[j] - average
        inverse[i] = _1 / np.sqrt(row_dot(kept, kept, columns) * rate + epsilon)
        for j in range(columns):
            kept[j] *= inverse[i]
            out[j] = fused(kept[j], gamma[j], beta[j])


@kernel
def normalize_rows_back(
    gradient: Floats,
    columns: int,
    centred: Floats,
    inverse: Floats,
    gamma: Floats,
    for_gamma: Floats,
    for_beta: Floats,
) -> None:
    """Convert the gradient of `normalize_rows` to that of its inputs, and compute those of gamma and beta."""
    width, rate = len(gamma), _1 / np.float32(columns)
    for_gamma[:] = _0
    for_beta[:] = _0
    for i in range(len(gradient) // width):
        row, kept = gradient[i * width : i * width + columns], centred[i * width : i * width + columns]
        for j in range(columns):
            for_beta[j] += row[j]
            for_gamma[j] = fused(row[j], kept[j], for_gamma[j])
            row[j] *= gamma[j]
        shift, along = row_sum(row, columns), row_dot(row, kept, columns)
        for j in range(columns):
            row[j] = inverse[i] * (row[j] - rate * fused(kept[j], along, shift))
