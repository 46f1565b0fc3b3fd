"""Attention of several heads: forward and backward, one head of one example after the other; compiled apart.

An attention has three records, for its query, keys and values. The last gives its outputs; each passes the gradient of
its own inputs, the values first, then the keys, then the query.
"""

from typing import Any, NamedTuple

import numpy as np

from keras_search.tuner.system.cpu import WIDTH, padded
from keras_search.tuner.training.kernels.arithmetic.elementwise import copy, drop, exp
from keras_search.tuner.training.kernels.arithmetic.products import multiply
from keras_search.tuner.training.kernels.arithmetic.rows import row_of
from keras_search.tuner.training.kernels.arithmetic.sums import row_dot, row_max, row_sum
from keras_search.tuner.training.kernels.arrays import ATTENTION, KEY, VALUE, Floats, Memory
from keras_search.tuner.training.kernels.compiled import inlined, kernel
from keras_search.tuner.training.kernels.words import Words

_0, _1 = np.float32(0), np.float32(1)
_LEAST = np.float32(np.finfo(np.float32).min)


class Shape(NamedTuple):
    """The sizes of one head of one example."""

    rows: int
    """The steps of the query."""
    steps: int
    """Those of the keys and values."""
    long: int
    """The same, padded."""
    key: int
    """The columns of a query or a key, padded."""
    value: int
    """Those of a value."""


class Store(NamedTuple):
    """What the passes store: the shares for all examples, the others for one head of one example."""

    allowed: Floats
    """Which steps may be seen, 1 or 0: `(long,)`."""
    tops: Floats
    """The largest score of each step of the query: `(rows,)`."""
    dropped: Floats
    """The shares after dropout, or their gradient: `(rows, long)`."""
    turned: Floats
    """The keys or values transposed: `(key, long)` or `(value, long)`."""
    packed: Floats
    """The columns of a head, of the query, the keys, the values or the gradient of the outputs: `(steps, key)` etc."""
    result: Floats
    """What a product gives for a head, as `packed`."""
    shares: Floats
    """The softmax of the scores of each example and head, later the scores' gradient: `(n, heads, rows, long)`."""


def store_size(heads: int, rows: int, steps: int, key: int, value: int) -> int:
    """Return how many numbers the arrays of `Store` have together, for so many heads of all examples."""
    long, most = padded(steps), max(key, value)
    return long + rows + rows * long + most * (long + 2 * max(rows, steps)) + heads * rows * long


@inlined
def shape_of(layer: Any) -> Shape:
    """Return the sizes of a head."""
    return Shape(layer.positions, layer.steps, whole(layer.steps), whole(layer.key_columns), whole(layer.value_columns))


@inlined
def store_in(shape: Any, kept: Floats) -> Store:
    """Divide an array of `store_size` numbers."""
    most, long = max(shape.key, shape.value), shape.long
    dropped = long + shape.rows
    turned = dropped + shape.rows * long
    packed = turned + most * long
    result = packed + max(shape.rows, shape.steps) * most
    shares = result + max(shape.rows, shape.steps) * most
    return Store(
        kept[:long],
        kept[long:dropped],
        kept[dropped:turned],
        kept[turned:packed],
        kept[packed:result],
        kept[result:shares],
        kept[shares:],
    )


def attended(layer: Any, n: int, _rule: Any, _numbers: Floats, words: Words, memory: Memory) -> None:
    """Set the outputs of an attention, at the last of its records."""
    if layer.role != VALUE:
        return
    shape, values, heads = shape_of(layer), memory.values, layer.heads
    store, wide = store_in(shape, memory.kept[layer.store :]), heads * shape.key
    rows, steps, long = shape.rows, shape.steps, shape.long
    drops = layer.blank and len(words) > 0
    for i in range(n):
        first = find_allowed(layer, values, i, store.allowed)
        for h in range(heads):
            head = i * heads + h
            at, key = head * rows * long, layer.key + i * steps * wide + h * shape.key
            query, value = layer.query + i * rows * wide + h * shape.key, layer.value + h * shape.value
            turn(values, key, wide, steps, layer.key_columns, store.turned, long)
            multiply(values, query, wide, 1, store.turned, 0, long, store.shares, at, rows, layer.key_columns)
            for t in range(rows):
                scores = row_of(store.shares, at + t * long, long)
                store.tops[t] = scale_scores(scores, store.allowed, t + 1 if layer.causal else long, layer.first)
            for t in range(rows):
                raise_scores(row_of(store.shares, at + t * long, long), store.tops[t])
            for t in range(rows):
                row = row_of(store.shares, at + t * long, long)
                if is_blocked(layer, values, i, t, first):
                    even = _0 if layer.blank else _1 / np.float32(steps)
                    for j in range(long):
                        row[j] = even
                else:
                    to_shares(row)
            width = heads * shape.value
            pack(values, value + i * steps * width, width, steps, layer.value_columns, store.packed, shape.value)
            if drops:
                copy(store.shares[at : at + rows * long], store.dropped)
                drop_head(layer, head, shape, words, store.dropped)
                multiply(store.dropped, 0, long, 1, store.packed, 0, shape.value, store.result, 0, rows, steps)
            else:
                multiply(store.shares, at, long, 1, store.packed, 0, shape.value, store.result, 0, rows, steps)
            y = values[layer.after + i * rows * layer.width + h * layer.value_columns :]
            unpack(store.result, shape.value, layer.value_columns, rows, y, layer.width)


def attended_back(layer: Any, n: int, _rule: Any, _numbers: Floats, words: Words, memory: Memory) -> None:
    """Set the gradient of what an attention takes at one of its records."""
    shape, values, heads = shape_of(layer), memory.values, layer.heads
    store, gradient = store_in(shape, memory.kept[layer.store :]), memory.gradients[layer.gradient]
    rows, steps, long, own = shape.rows, shape.steps, shape.long, layer.value_columns
    each = shape.value if layer.role == VALUE else shape.key
    length = layer.input_positions
    for i in range(n):
        first = find_allowed(layer, values, i, store.allowed)
        for h in range(heads):
            head, come = i * heads + h, i * rows * layer.width + h * own
            at, wide = head * rows * long, heads * shape.key
            query, key = layer.query + i * rows * wide + h * shape.key, layer.key + i * steps * wide + h * shape.key
            if layer.role == VALUE:
                pack(gradient, come, layer.width, rows, own, store.packed, each)
                copy(store.shares[at : at + rows * long], store.dropped)
                if layer.blank:
                    drop_head(layer, head, shape, words, store.dropped)
                multiply(store.dropped, 0, 1, long, store.packed, 0, each, store.result, 0, steps, rows)
            elif layer.role == KEY:
                value = layer.value + i * steps * heads * shape.value + h * shape.value
                turn(values, value, heads * shape.value, steps, own, store.turned, long)
                multiply(gradient, come, layer.width, 1, store.turned, 0, long, store.dropped, 0, rows, own)
                if layer.blank:
                    drop_head(layer, head, shape, words, store.dropped)
                for t in range(rows):
                    row = row_of(store.shares, at + t * long, long)
                    if is_blocked(layer, values, i, t, first):
                        row[:] = _0
                    else:
                        share_back(row, row_of(store.dropped, t * long, long), layer.first)
                pack(values, query, wide, rows, layer.key_columns, store.packed, each)
                multiply(store.shares, at, 1, long, store.packed, 0, each, store.result, 0, steps, rows)
            else:
                pack(values, key, wide, steps, layer.key_columns, store.packed, each)
                multiply(store.shares, at, long, 1, store.packed, 0, each, store.result, 0, rows, steps)
            passed = memory.gradients[layer.passed, i * length * heads * each + h * each :]
            unpack(store.result, each, each, length, passed, heads * each)


ATTENTION_PASSES = {ATTENTION: (attended, attended_back)}
"""The forward and backward passes, for `addresses_of`."""


@kernel
def whole(columns: int) -> int:
    """Round a number of columns up to whole vectors, as `padded` does."""
    return (columns + WIDTH - 1) // WIDTH * WIDTH


@kernel
def find_allowed(layer: Any, values: Floats, example: int, allowed: Floats) -> Any:
    """Find the steps of an example's values that may be seen; return the first of them, or their number if none may."""
    steps, first = layer.steps, layer.steps
    allowed[:] = _0
    for s in range(steps - 1, -1, -1):
        if layer.mask_width == 0 or values[layer.mask + example * layer.mask_width + s] != _0:
            allowed[s], first = _1, s
    return first


@kernel
def is_blocked(layer: Any, values: Floats, example: int, step: int, first: int) -> bool:
    """Return whether a step of the query sees nothing, because it does not count itself or all others are masked."""
    if first >= layer.steps or (layer.causal and first > step):
        return True
    at = layer.query_mask + example * layer.query_mask_width + step
    return bool(layer.query_mask_width > 0 and values[at] == _0)


@kernel
def scale_scores(row: Floats, allowed: Floats, count: int, scale: Any) -> Any:
    """Scale the scores of a row, return the largest; only the first `count` that are allowed count, if there are any.

    A row is scaled, raised and divided for itself: the processor goes over several rows at a time.
    """
    for j in range(count):
        row[j] = row[j] * scale if allowed[j] != _0 else _LEAST
    for j in range(count, len(row)):
        row[j] = _LEAST
    return row_max(row, len(row))


@kernel
def raise_scores(row: Floats, top: Any) -> None:
    """Raise e to the scores of a row less the largest; those that do not count become zero."""
    for j in range(len(row)):
        row[j] = exp(row[j] - top) if row[j] != _LEAST else _0


@kernel
def to_shares(row: Floats) -> None:
    """Divide the numbers of a row by their sum."""
    inverse = _1 / row_sum(row, len(row))
    for j in range(len(row)):
        row[j] *= inverse


@kernel
def share_back(row: Floats, gradient: Floats, scale: Any) -> None:
    """Convert the shares of a row to the gradient of its scores, by that of the shares."""
    mean = row_dot(row, gradient, len(row))
    for j in range(len(row)):
        row[j] *= (gradient[j] - mean) * scale


@kernel
def drop_head(layer: Any, head: int, shape: Any, words: Words, x: Floats) -> None:
    """Drop shares of a head, or the gradient of those, and scale the others."""
    own, index = words[2 * layer.index : 2 * layer.index + 2], head * shape.rows * shape.steps
    drop(x, shape.steps, shape.long, index, own, layer.threshold, layer.scale)


@kernel
def turn(x: Floats, at: int, stride: int, rows: int, columns: int, y: Floats, width: int) -> None:
    """Set y `(columns, width)` to rows of x, which are `stride` apart, transposed."""
    for j in range(columns):
        come, out = row_of(x, at + j, (rows - 1) * stride + 1), row_of(y, j * width, width)
        for i in range(rows):
            out[i] = come[i * stride]
        for i in range(rows, width):
            out[i] = _0


@kernel
def pack(x: Floats, at: int, stride: int, rows: int, columns: int, y: Floats, width: int) -> None:
    """Set y `(rows, width)` to the first columns of rows of x, which are `stride` apart."""
    for i in range(rows):
        row, out = row_of(x, at + i * stride, columns), row_of(y, i * width, width)
        for j in range(columns):
            out[j] = row[j]
        for j in range(columns, width):
            out[j] = _0


@kernel
def unpack(x: Floats, width: int, columns: int, rows: int, y: Floats, stride: int) -> None:
    """Set rows of y, which are `stride` apart, to the first columns of x `(rows, width)`."""
    for i in range(rows):
        row, out = row_of(x, i * width, columns), row_of(y, i * stride, columns)
        for j in range(columns):
            out[j] = row[j]
