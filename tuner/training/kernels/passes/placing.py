"""Layers that give the rows of an example elsewhere, several times or not at all, with rows of zeros between them."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.bits import fused
from keras_search.tuner.training.kernels.arrays import BLENDING, PLACING, Floats, Memory
from keras_search.tuner.training.kernels.compiled import kernel
from keras_search.tuner.training.kernels.words import Words

_0 = np.float32(0)


def placed(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of a layer that places its inputs."""
    size, out_size = layer.input_positions * layer.width, layer.positions * layer.width
    for i in range(n):
        x = memory.values[layer.before + i * size : layer.before + (i + 1) * size]
        y = memory.values[layer.after + i * out_size : layer.after + (i + 1) * out_size]
        for p in range(layer.positions):
            place_row(x, memory.tables[layer.places + p], y[p * layer.width : (p + 1) * layer.width])


def placed_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the gradient of its inputs: the sum over the places of each."""
    size, out_size = layer.input_positions * layer.width, layer.positions * layer.width
    passed = memory.gradients[layer.passed, : n * size]
    passed[:] = _0
    for i in range(n):
        x = passed[i * size : (i + 1) * size]
        gradient = memory.gradients[layer.gradient, i * out_size : (i + 1) * out_size]
        for p in range(layer.positions):
            add_row(gradient[p * layer.width : (p + 1) * layer.width], memory.tables[layer.places + p], x)


def blended(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of a layer that blends four of its inputs in each."""
    w, size, first = layer.width, layer.input_positions * layer.width, layer.places
    for i in range(n):
        x = memory.values[layer.before + i * size : layer.before + (i + 1) * size]
        for p in range(layer.positions):
            after = layer.after + (i * layer.positions + p) * w
            y = memory.values[after : after + w]
            y[:] = _0
            for k in range(4):
                place, share = memory.tables[first + 4 * p + k], memory.constants[layer.factor + 4 * p + k]
                add_share(share, x[place * w : (place + 1) * w], y)


def blended_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the gradient of its inputs."""
    w, size, first = layer.width, layer.input_positions * layer.width, layer.places
    passed = memory.gradients[layer.passed, : n * size]
    passed[:] = _0
    for i in range(n):
        x = passed[i * size : (i + 1) * size]
        for p in range(layer.positions):
            at = (i * layer.positions + p) * w
            gradient = memory.gradients[layer.gradient, at : at + w]
            for k in range(4):
                place, share = memory.tables[first + 4 * p + k], memory.constants[layer.factor + 4 * p + k]
                add_share(share, gradient, x[place * w : (place + 1) * w])


PLACING_PASSES = {PLACING: (placed, placed_back), BLENDING: (blended, blended_back)}
"""The forward and backward passes, for `addresses_of`."""


@kernel
def place_row(x: Floats, place: int, row: Floats) -> None:
    """Set a row to that of x `(positions, width)` at a place, or to zeros if there is none."""
    width = len(row)
    if place < 0:
        row[:] = _0
        return
    for j in range(width):
        row[j] = x[place * width + j]


@kernel
def add_row(row: Floats, place: int, x: Floats) -> None:
    """Add a row to that of x `(positions, width)` at a place, if there is one."""
    width = len(row)
    if place >= 0:
        for j in range(width):
            x[place * width + j] += row[j]


@kernel
def add_share(share: Any, row: Floats, total: Floats) -> None:
    """Add a share of a row to a total."""
    for j in range(len(total)):
        total[j] = fused(share, row[j], total[j])
