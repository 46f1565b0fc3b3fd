"""Dropout of whole columns of an example: an image's channels, or what a recurrent layer takes at any step."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.bits import hashed
from keras_search.tuner.training.kernels.arithmetic.elementwise import copy
from keras_search.tuner.training.kernels.arrays import COLUMN_DROPOUT, Floats, Memory
from keras_search.tuner.training.kernels.compiled import inlined, kernel
from keras_search.tuner.training.kernels.words import Words

_0, _1 = np.float32(0), np.float32(1)


def columns_dropped(layer: Any, n: int, _rule: Any, _numbers: Floats, words: Words, memory: Memory) -> None:
    """Set the outputs of a dropout of columns, in training; without words copy its inputs."""
    size = n * layer.positions * layer.width
    out = memory.values[layer.after : layer.after + size]
    copy(memory.values[layer.before : layer.before + size], out)
    if len(words) > 0:
        drop_columns(layer, n, words, out)


def columns_dropped_back(layer: Any, n: int, _rule: Any, _numbers: Floats, words: Words, memory: Memory) -> None:
    """Convert the gradient of its outputs to that of its inputs."""
    drop_columns(layer, n, words, memory.gradients[layer.gradient, : n * layer.positions * layer.width])


DROPPING_PASSES = {COLUMN_DROPOUT: (columns_dropped, columns_dropped_back)}
"""The forward and backward passes, for `addresses_of`."""


@inlined
def drop_columns(layer: Any, n: int, words: Words, x: Floats) -> None:
    """Drop the same columns of all rows of an example in x `(n, positions, width)`, and scale the others."""
    size = layer.positions * layer.width
    for i in range(n):
        first = -1 - layer.index * n - i * layer.columns
        for start in range(i * size, (i + 1) * size, layer.width):
            drop_row(x[start : start + layer.columns], first, words, layer.threshold, layer.scale)


@kernel
def drop_row(row: Floats, first: int, words: Words, threshold: int, scale: Any) -> None:
    """Drop numbers, or multiply them by `scale`; they are numbered down from `first`, those of dropout up from 0."""
    one, two = words[0], words[1]
    for j in range(len(row)):
        row[j] = row[j] * scale if hashed(first - j, one, two) >= threshold else _0


@kernel
def draw_masks(layer: Any, n: int, columns: int, width: int, gates: int, words: Words, masks: Floats) -> None:
    """Set the masks `(n, gates)` of what each gate takes: a factor for each of its `columns`, padded to `width`."""
    number = -1 - layer.index * n
    for gate in range(0, gates, width):
        for i in range(n):
            row = masks[i * gates + gate : i * gates + gate + width]
            row[:columns], row[columns:] = layer.scale, _0
            drop_row(row[:columns], number, words, layer.threshold, _1)
            number -= columns


@kernel
def masked(x: Floats, masks: Floats, each: int, width: int, gate: int, gates: int, y: Floats) -> None:
    """Set y to what the gate that begins at column `gate` takes of x.

    A mask holds for `each` successive rows; after the last mask comes the first.
    """
    count = len(masks) // gates
    for row in range(len(y) // width):
        mask = masks[row // each % count * gates + gate :]
        for j in range(width):
            y[row * width + j] = x[row * width + j] * mask[j]


@kernel
def add_masked(x: Floats, masks: Floats, each: int, width: int, gate: int, gates: int, y: Floats) -> None:
    """Add the gradient x of what a gate takes to that of all."""
    for row in range(len(y) // width):
        mask = masks[row // each * gates + gate :]
        for j in range(width):
            y[row * width + j] += x[row * width + j] * mask[j]
