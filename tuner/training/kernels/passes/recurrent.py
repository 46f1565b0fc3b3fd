"""Recurrent layers over the steps of a batch: GRU, LSTM and the simple one, forward and backward through time.

The inputs of the gates, which are those of a layer multiplied by its kernel, are computed before, for all steps at
once, by a dense layer. States and gates are stored step by step, so that the rows of a step are one matrix.
"""

from typing import Any, NamedTuple

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.elementwise import add_slope_of_price, add_to_rows, copy, sum_rows
from keras_search.tuner.training.kernels.arithmetic.products import multiply, multiply_columns
from keras_search.tuner.training.kernels.arrays import GRU, LSTM, Floats, Memory
from keras_search.tuner.training.kernels.compiled import inlined, kernel
from keras_search.tuner.training.kernels.optimizers.updating import update
from keras_search.tuner.training.kernels.passes.dropping import add_masked, masked
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
    drops: bool
    """Whether each gate takes the states by a mask of its own."""


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
    masks: Floats
    """The factors of the states that each gate takes, `(rows, gates)`; set before."""


def store_size(steps: int, rows: int, width: int, gates: int) -> int:
    """Return how many numbers the arrays of `Store` have together."""
    return rows * ((3 * steps + 5) * width + (steps + 1) * gates) + (2 * width + 1) * gates


@inlined
def store_in(shape: Any, kept: Floats) -> Store:
    """Divide an array of `store_size` numbers."""
    steps, step, w, wide = shape.steps, shape.rows * shape.width, shape.width, shape.gates
    cells = (steps + 1) * step
    squashed, gates = 2 * cells, 2 * cells + steps * step
    total = gates + steps * shape.rows * wide
    transposed = total + 3 * step
    slopes = transposed + w * wide
    masks = slopes + (w + 1) * wide
    return Store(
        kept[:cells],
        kept[cells:squashed],
        kept[squashed:gates],
        kept[gates:total],
        kept[total : total + step],
        kept[total + step : total + 2 * step],
        kept[total + 2 * step : transposed],
        kept[transposed:slopes],
        kept[slopes:masks],
        kept[masks : masks + shape.rows * wide],
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
            carry(shape, t, weights, store)
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
def carry(shape: Any, t: int, weights: Floats, store: Any) -> None:
    """Set the gates of a step to the product of the states before it, or of what a mask leaves, and `weights`."""
    n, w, wide, now = shape.rows, shape.width, shape.gates, t * shape.rows * shape.width
    part, taken, at = (w, store.total, 0) if shape.drops else (wide, store.states, now)
    for gate in range(0, wide, part):
        if shape.drops:
            masked(store.states[now : now + n * w], store.masks, 1, w, gate, wide, taken)
        multiply_columns(taken, at, w, 1, weights, gate, wide, part, store.gates, t * n * wide + gate, n, shape.units)


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
            carry_back(shape, t, store)


@inlined
def carry_back(shape: Any, t: int, store: Any) -> None:
    """Set the gradient of the states before a step by that of its gates; what `squashed` has of it is used up."""
    n, w, wide, now = shape.rows, shape.width, shape.gates, t * shape.rows * shape.width
    part, made = (w, store.squashed[now : now + n * w]) if shape.drops else (wide, store.product)
    if shape.drops:
        store.product[:] = _0
    for gate in range(0, wide, part):
        multiply(store.gates, t * n * wide + gate, wide, 1, store.transposed, gate * w, w, made, 0, n, part)
        if shape.drops:
            add_masked(made, store.masks, 1, w, gate, wide, store.product)


@kernel
def skipped(shape: Any, mask: Floats, example: int, place: int) -> bool:
    """Return whether a step of an example does not count."""
    return bool(shape.mask_width > 0 and mask[example * shape.mask_width + place] == _0)


@inlined
def find_slopes(shape: Any, store: Any) -> None:
    """Set the gradients of the recurrent kernel and of the bias of its product, after `recur_back`."""
    rows, w, wide = shape.steps * shape.rows, shape.width, shape.gates
    part, taken = (w, store.squashed) if shape.drops else (wide, store.states)
    for gate in range(0, wide, part):
        if shape.drops:
            masked(store.states[: rows * w], store.masks, 1, w, gate, wide, taken)
        multiply_columns(taken, 0, 1, w, store.gates, gate, wide, part, store.slopes, gate, w, rows)
    sum_rows(store.gates, store.slopes[w * wide :])


@inlined
def renew(layer: Any, size: int, width: int, slopes: Floats, rule: Any, numbers: Floats, memory: Memory) -> None:
    """Update a kernel of `size` numbers and a bias of `width` by their gradients, which lie one after the other."""
    for part in range(2 if layer.has_bias else 1):
        start, of, begin, l1, l2 = layer.weights, size, 0, layer.l1, layer.l2
        if part:
            start, of, begin, l1, l2 = layer.bias, width, size, layer.bias_l1, layer.bias_l2
        parameters, gradient = memory.parameters[start : start + of], slopes[begin : begin + of]
        if l1 or l2:
            add_slope_of_price(parameters, l1, l2, gradient)
        first, second = memory.first_slots[start : start + of], memory.second_slots[start : start + of]
        update(rule, numbers, parameters, first, second, gradient)


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
