"""Tiles of matrix products: as many sums at a time as the registers can hold."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from keras_search.tuner.system.cpu import LANES, REGISTERS
from keras_search.tuner.training.kernels.vectors import FLOAT, INT, Emitter, Value, emitted, integer, word, zeros

ROWS = 6 if REGISTERS == 16 else 8
"""Rows of a tile of `outer`: with two vectors per row, as many as fit the registers."""
GROUP = 4
"""Rows of a tile of the other products."""


def _outer(rows: int, vectors: int) -> Any:
    """Make `tile(a, at, row, step, b, from, width, c, to, stride, count)`.

    c[r, v] = sum over t of a[at + r * row + t * step] * b[from + t * width + v], for t below `count`.
    """

    def write(
        e: Emitter,
        a: Value,
        at: Value,
        row: Value,
        step: Value,
        b: Value,
        bt: Value,
        width: Value,
        c: Value,
        ct: Value,
        stride: Value,
        count: Value,
    ) -> None:
        def body(t: Value, totals: list[Value]) -> list[Value]:
            loaded = e.load(e.at(b, bt, e.row(t, width)), vectors)
            factors = [e.spread(e.at(a, at, e.row(r, row), e.row(t, step))) for r in range(rows)]
            return _products(e, factors, loaded, totals)

        _store(e, e.repeat(count, zeros(rows * vectors), body), c, ct, stride, vectors)

    return emitted(write)


def _listed(vectors: int) -> Any:
    """Make `tile(a, list, start, b, from, width, c, to, stride, count)`, of GROUP rows.

    c[r, v] = sum over t of a[(start + t) * GROUP + r] * b[from + list[start + t] * width + v], for t below `count`.
    """

    def write(
        e: Emitter,
        a: Value,
        places: Value,
        start: Value,
        b: Value,
        bt: Value,
        width: Value,
        c: Value,
        ct: Value,
        stride: Value,
        count: Value,
    ) -> None:
        def body(t: Value, totals: list[Value]) -> list[Value]:
            place = e.builder.sext(e.builder.load(e.at(places, start, t)), INT)
            loaded = e.load(e.at(b, bt, e.row(place, width)), vectors)
            amounts = e.at(a, e.row(e.builder.add(start, t), GROUP))
            return _products(e, [e.spread(e.at(amounts, integer(r))) for r in range(GROUP)], loaded, totals)

        _store(e, e.repeat(count, zeros(GROUP * vectors), body), c, ct, stride, vectors)

    return emitted(write)


def _dots(rows: int) -> Any:
    """Make `tile(a, at, b, from, width, c, to, stride)`, of GROUP columns.

    c[r, s] = sum over n of a[at + r * width + n] * b[from + s * width + n], for n below `width`.
    """

    def write(
        e: Emitter, a: Value, at: Value, b: Value, bt: Value, width: Value, c: Value, ct: Value, stride: Value
    ) -> None:
        def body(t: Value, totals: list[Value]) -> list[Value]:
            n = e.row(t, LANES)
            left, right = (
                [e.load(e.at(array, start, e.row(r, width), n), 1)[0] for r in range(count)]
                for array, start, count in ((a, at, rows), (b, bt, GROUP))
            )
            return _products(e, left, right, totals)

        totals = e.repeat(e.builder.sdiv(width, integer(LANES)), zeros(rows * GROUP), body)
        for r in range(rows):
            e.store(_sums(e, totals[r * GROUP : (r + 1) * GROUP]), e.at(c, ct, e.row(r, stride)))

    return emitted(write)


def _products(e: Emitter, left: list[Value], right: list[Value], totals: list[Value]) -> list[Value]:
    pairs = [(x, y) for x in left for y in right]
    return [e.multiply_add(x, y, total) for (x, y), total in zip(pairs, totals, strict=True)]


def _store(e: Emitter, totals: list[Value], c: Value, ct: Value, stride: Value, vectors: int) -> None:
    for index, total in enumerate(totals):
        r, v = divmod(index, vectors)
        e.store(total, e.at(c, ct, e.row(r, stride), integer(v * LANES)))


def _sums(e: Emitter, vectors: list[Value]) -> Value:
    """Add up the lanes of each of GROUP vectors; return the sums as a vector."""
    while len(vectors) > 1:
        vectors = [e.halves(x, y) for x, y in zip(vectors[::2], vectors[1::2], strict=True)]
    total = vectors[0]
    while total.type.count > GROUP:
        total = e.fold(total)
    return total


def _pack(e: Emitter, a: Value, at: Value, row: Value, amounts: Value, found: Value) -> Value:
    group = ir.VectorType(FLOAT, GROUP)
    column = ir.Constant(group, ir.Undefined)
    for r in range(GROUP):
        column = e.builder.insert_element(column, e.builder.load(e.at(a, at, e.row(r, row))), word(r))
    e.store(column, e.at(amounts, e.row(found, GROUP)))
    differs = e.builder.bitcast(
        e.builder.fcmp_unordered("!=", column, ir.Constant(group, [0.0] * GROUP)), ir.IntType(GROUP)
    )
    return e.builder.zext(e.builder.icmp_unsigned("!=", differs, ir.Constant(differs.type, 0)), INT)


outer, outer_narrow = _outer(ROWS, 2), _outer(ROWS, 1)
outer_row, outer_row_narrow = _outer(1, 2), _outer(1, 1)
listed, listed_narrow = _listed(4), _listed(1)
dots, dots_row = _dots(GROUP), _dots(1)

pack_column: Callable[..., int] = emitted(_pack, types.int64)
"""`pack_column(a, at, row, amounts, found)` copies a[at + r * row], r below GROUP, to amounts[found * GROUP + r].

It returns 1 if one of them is not zero, else 0.
"""
