"""Recurrent layers over the steps of a batch: GRU, LSTM and the simple one, forward and backward through time.

The inputs of the gates, which are those of a layer multiplied by its kernel, are computed before, for all steps at
once, by a dense layer. States and gates are stored step by step, so that the rows of a step are one matrix.
"""

from typing import Any, NamedTuple

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.elementwise import add_to_rows, copy, sum_rows
from keras_search.tuner.training.kernels.arithmetic.products import multiply
from keras_search.tuner.training.kernels.arrays import GRU, LSTM, Floats
from keras_search.tuner.training.kernels.compiled import inlined, kernel
from keras_search.tuner.training.kernels.passes.gates import (
    gru_step,
    gru_step_back,
    lstm_step,
    lstm_step_back,
    plain_step,
    plain_step_back,
)

_0 = np.float32(0)


class Shape(NamedTuple):
    """The sizes of a recurrent layer and of a batch."""

    cell: int
    steps: int
    rows: int
    """The number of examples."""
    units: int
    width: int
    """The units, padded."""
    gates: int
    """The width of all gates."""
    sequences: bool
    """Whether all states are the outputs, or the last."""
    backwards: bool
    """Whether the last inputs come first."""
    reversed: bool
    """Whether the last states are the first outputs."""
    mask_width: int
    """How far apart the masks of examples are; 0 if there are none."""
    blank: bool
    """Whether a step that does not count gives zeros, or the state before."""


class Store(NamedTuple):
    """What the passes store: the first four by the forward pass for its gradient, the others by the backward pass."""

    states: Floats
    """The states before each step, and the last: `(steps + 1, rows, width)`."""
    cells: Floats
    """The cells of an LSTM as the states, or the candidates of a GRU."""
    squashed: Floats
    """The hyperbolic tangents of the cells after each step, `(steps, rows, width)`."""
    gates: Floats
    """The gates of each step, `(steps, rows, gates)`; their gradient after the backward pass."""
    total: Floats
    """The gradient of a step's states, `(rows, width)`."""
    product: Floats
    """The part of it that comes from the gates of the next step."""
    for_cells: Floats
    """The gradient of a step's cells."""
    transposed: Floats
    """The recurrent kernel transposed, `(gates, width)`."""
    slopes: Floats
    """The gradient of the recurrent kernel `(width, gates)`, and that of its bias `(gates,)`."""


def store_size(steps: int, rows: int, width: int, gates: int) -> int:
    """Return how many numbers the arrays of `Store` have together."""
    return rows * ((3 * steps + 5) * width + steps * gates) + (2 * width + 1) * gates


@inlined
def store_in(shape: Any, kept: Floats) -> Store:
    """Divide an array of `store_size` numbers."""
    steps, step, w, wide = shape.steps, shape.rows * shape.width, shape.width, shape.gates
    cells = (steps + 1) * step
    squashed, gates = 2 * cells, 2 * cells + steps * step
    total = gates + steps * shape.rows * wide
    transposed = total + 3 * step
    slopes = transposed + w * wide
    return Store(
        kept[:cells],
        kept[cells:squashed],
        kept[squashed:gates],
        kept[gates:total],
        kept[total : total + step],
        kept[total + step : total + 2 * step],
        kept[total + 2 * step : transposed],
        kept[transposed:slopes],
        kept[slopes : slopes + (w + 1) * wide],
    )


@inlined
def recur(shape: Any, x: Floats, mask: Floats, weights: Floats, bias: Floats, store: Any, y: Floats) -> None:
    """Set the outputs y of a recurrent layer: `(rows, steps, width)` with `sequences`, else `(rows, width)`.

    x `(rows, steps, gates)` are the inputs of its gates, `weights` `(width, gates)` is the recurrent kernel, `bias`
    `(gates,)` that of its product, or empty. Where the number of a step in `mask` `(rows, mask_width)` is 0, the states
    stay as they are.
    """
    cell, steps, n, w, wide = shape.cell, shape.steps, shape.rows, shape.width, shape.gates
    states, gates, cells, squashed = store.states, store.gates, store.cells, store.squashed
    states[: n * w] = _0
    if cell == LSTM:
        cells[: n * w] = _0
    for t in range(steps):
        if t == 0:
            gates[: n * wide] = _0
        else:
            multiply(states, t * n * w, w, 1, weights, 0, wide, gates, t * n * wide, n, shape.units)
        if len(bias):
            add_to_rows(gates[t * n * wide : (t + 1) * n * wide], bias)
        place, out = steps - 1 - t if shape.backwards else t, steps - 1 - t if shape.reversed else t
        for i in range(n):
            row, now, then = t * n + i, (t * n + i) * w, ((t + 1) * n + i) * w
            inputs = x[(i * steps + place) * wide : (i * steps + place + 1) * wide]
            own, following = gates[row * wide : (row + 1) * wide], states[then : then + w]
            skips = skipped(shape, mask, i, place)
            if skips:
                copy(states[now : now + w], following)
                if cell == LSTM:
                    copy(cells[now : now + w], cells[then : then + w])
            elif cell == GRU:
                gru_step(inputs, own, cells[now : now + w], states[now : now + w], following)
            elif cell == LSTM:
                tangent = squashed[now : now + w]
                lstm_step(inputs, own, cells[now : now + w], tangent, cells[then : then + w], following)
            else:
                plain_step(inputs, own, following)
            if shape.sequences:
                copy(following, y[(i * steps + out) * w :])
                if skips and shape.blank:
                    y[(i * steps + out) * w : (i * steps + out + 1) * w] = _0
    if not shape.sequences:
        copy(states[steps * n * w : (steps + 1) * n * w], y)


@inlined
def recur_back(shape: Any, gradient: Floats, mask: Floats, weights: Floats, store: Any, for_inputs: Floats) -> None:
    """Set the gradient of the gates' inputs by that of the outputs of `recur`; `store.gates` becomes their gradient."""
    cell, steps, n, w, wide = shape.cell, shape.steps, shape.rows, shape.width, shape.gates
    states, gates, cells, squashed = store.states, store.gates, store.cells, store.squashed
    total, product, for_cell = store.total, store.product, store.for_cells
    transpose(weights, w, wide, store.transposed)
    total[:], product[:], for_cell[:] = _0, _0, _0
    for t in range(steps - 1, -1, -1):
        place, out = steps - 1 - t if shape.backwards else t, steps - 1 - t if shape.reversed else t
        for i in range(n):
            row, now, begin = t * n + i, (t * n + i) * w, (i * steps + place) * wide
            own, inputs = gates[row * wide : (row + 1) * wide], for_inputs[begin : begin + wide]
            here = total[i * w : (i + 1) * w]
            add(product[i * w : (i + 1) * w], here)
            skips = skipped(shape, mask, i, place)
            if skips and shape.blank:
                pass  # what it gives is no state
            elif shape.sequences:
                add(gradient[(i * steps + out) * w : (i * steps + out + 1) * w], here)
            elif t == steps - 1:
                add(gradient[i * w : (i + 1) * w], here)
            if skips:
                own[:], inputs[:] = _0, _0
            elif cell == GRU:
                gru_step_back(here, own, cells[now : now + w], states[now : now + w], inputs, here)
            elif cell == LSTM:
                lstm_step_back(
                    here, for_cell[i * w : (i + 1) * w], own, cells[now : now + w], squashed[now : now + w], inputs
                )
                here[:] = _0
            else:
                plain_step_back(here, own, inputs)
                here[:] = _0
        if t > 0:
            multiply(gates, t * n * wide, wide, 1, store.transposed, 0, w, product, 0, n, wide)


@kernel
def skipped(shape: Any, mask: Floats, example: int, place: int) -> bool:
    """Return whether a step of an example does not count."""
    return bool(shape.mask_width > 0 and mask[example * shape.mask_width + place] == _0)


@inlined
def find_slopes(shape: Any, store: Any) -> None:
    """Set the gradients of the recurrent kernel and of the bias of its product, after `recur_back`."""
    rows, w, wide = shape.steps * shape.rows, shape.width, shape.gates
    multiply(store.states, 0, 1, w, store.gates, 0, wide, store.slopes, 0, w, rows)
    sum_rows(store.gates, store.slopes[w * wide :])


@kernel
def add(x: Floats, y: Floats) -> None:
    """Add x to y."""
    for i in range(len(y)):
        y[i] += x[i]


@kernel
def transpose(x: Floats, rows: int, columns: int, y: Floats) -> None:
    """Set y `(columns, rows)` to x `(rows, columns)` transposed."""
    for i in range(rows):
        for j in range(columns):
            y[j * rows + i] = x[i * columns + j]
