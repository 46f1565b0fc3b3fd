"""Sums of numbers in single precision, in the same order on every processor.

Every WIDTH-th number is added to the same lane, and the lanes are added up by halves. `row` sums read their rows to the
next multiple of WIDTH, and count only the first numbers.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from keras_search.tuner.system.cpu import WIDTH
from keras_search.tuner.training.kernels.arithmetic.vectors import WIDE, WORD, Emitter, Value, emitted, integer, word

MANY = 4
"""The number of vectors of lanes by which long arrays are summed."""
_INDICES = ir.VectorType(WORD, WIDTH)
_NONE = ir.Constant(WIDE, [0.0] * WIDTH)


def _row_sum(e: Emitter, x: Value, count: Value) -> Value:
    return _of_row(e, count, lambda at, counts, total: e.builder.fadd(total, counts(e.load_wide(e.at(x, at)))))


def _row_dot(e: Emitter, x: Value, y: Value, count: Value) -> Value:
    def added(at: Value, counts: Callable[[Value], Value], total: Value) -> Value:
        return e.multiply_add(counts(e.load_wide(e.at(x, at))), counts(e.load_wide(e.at(y, at))), total)

    return _of_row(e, count, added)


def _of_row(e: Emitter, count: Value, added: Callable[[Value, Callable[[Value], Value], Value], Value]) -> Value:
    """Sum over vectors by `added(position, counts, total)`; `counts` sets what is behind the row to zero."""
    size = _spread(e, e.builder.trunc(count, WORD))

    def body(t: Value, totals: list[Value]) -> list[Value]:
        at = e.row(t, WIDTH)
        places = e.builder.add(_spread(e, e.builder.trunc(at, WORD)), ir.Constant(_INDICES, list(range(WIDTH))))
        inside = e.builder.icmp_signed("<", places, size)
        return [added(at, lambda vector: e.builder.select(inside, vector, _NONE), totals[0])]

    vectors = e.builder.sdiv(e.builder.add(count, integer(WIDTH - 1)), integer(WIDTH))
    return _only(e, e.sums(e.repeat(vectors, [_NONE], body)))


def _row_max(e: Emitter, x: Value, size: Value) -> Value:
    def larger(one: Value, other: Value) -> Value:
        return e.builder.select(e.builder.fcmp_ordered(">", one, other), one, other)

    def body(t: Value, totals: list[Value]) -> list[Value]:
        return [larger(e.load_wide(e.at(x, e.row(t, WIDTH))), totals[0])]

    (found,) = e.repeat(e.builder.sdiv(size, integer(WIDTH)), [e.load_wide(x)], body)
    lanes = WIDTH
    while lanes > 1:
        lanes //= 2
        halves = (list(range(start, start + lanes)) for start in (0, lanes))
        masks = (ir.Constant(ir.VectorType(WORD, lanes), half) for half in halves)
        found = larger(*(e.builder.shuffle_vector(found, found, mask) for mask in masks))
    return _only(e, found)


def _absolute_sum(e: Emitter, x: Value, size: Value) -> Value:
    def magnitude(vector: Value) -> Value:
        digits = e.builder.and_(e.builder.bitcast(vector, _INDICES), ir.Constant(_INDICES, [(1 << 31) - 1] * WIDTH))
        return e.builder.bitcast(digits, WIDE)

    return _of_array(e, x, size, lambda vector, total: e.builder.fadd(total, magnitude(vector)))


def _square_sum(e: Emitter, x: Value, size: Value) -> Value:
    return _of_array(e, x, size, lambda vector, total: e.multiply_add(vector, vector, total))


def _of_array(e: Emitter, x: Value, size: Value, added: Callable[[Value, Value], Value]) -> Value:
    """Sum over the vectors of a long array, the first ones MANY at a time, the last ones one at a time."""

    def add(at: Value, totals: list[Value]) -> list[Value]:
        loaded = [e.load_wide(e.at(x, at, integer(place * WIDTH))) for place in range(len(totals))]
        return [added(vector, total) for vector, total in zip(loaded, totals, strict=True)]

    whole = e.builder.sdiv(size, integer(MANY * WIDTH))
    start = e.row(whole, MANY * WIDTH)
    rest = e.builder.sdiv(e.builder.sub(size, start), integer(WIDTH))
    totals = _repeated(e, whole, [_NONE] * MANY, lambda t, running: add(e.row(t, MANY * WIDTH), running))
    last = _repeated(e, rest, [_NONE], lambda t, running: add(e.builder.add(start, e.row(t, WIDTH)), running))
    for place in range(MANY - 1):
        totals[0] = e.builder.fadd(totals[0], totals[place + 1])
    return _only(e, e.sums([e.builder.fadd(totals[0], last[0])]))


def _repeated(
    e: Emitter, count: Value, totals: list[Value], body: Callable[[Value, list[Value]], list[Value]]
) -> list[Value]:
    """Loop as `Emitter.repeat` does, or not at all."""
    before = e.builder.block
    with e.builder.if_then(e.builder.icmp_signed(">", count, integer(0))):
        results = e.repeat(count, totals, body)
        inside = e.builder.block
    merged = [e.builder.phi(total.type) for total in totals]
    for phi, total, result in zip(merged, totals, results, strict=True):
        phi.add_incoming(total, before)
        phi.add_incoming(result, inside)
    return merged


def _spread(e: Emitter, number: Value) -> Value:
    first = e.builder.insert_element(ir.Constant(_INDICES, ir.Undefined), number, word(0))
    return e.builder.shuffle_vector(first, first, ir.Constant(_INDICES, [0] * WIDTH))


def _only(e: Emitter, vector: Value) -> Value:
    return e.builder.extract_element(vector, word(0))


row_sum: Any = emitted(_row_sum, types.float32)
"""`row_sum(x, count)` adds up the first numbers of a row."""
row_dot: Any = emitted(_row_dot, types.float32)
"""`row_dot(x, y, count)` adds up the products of the first numbers of two rows."""
row_max: Any = emitted(_row_max, types.float32)
"""`row_max(x, size)` returns the largest number of a row; the size is a multiple of WIDTH."""
absolute_sum: Any = emitted(_absolute_sum, types.float32)
"""`absolute_sum(x, size)` adds up absolute values; the size is a multiple of WIDTH."""
square_sum: Any = emitted(_square_sum, types.float32)
"""`square_sum(x, size)` adds up squares; the size is a multiple of WIDTH."""
