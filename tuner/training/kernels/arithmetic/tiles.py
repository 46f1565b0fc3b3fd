"""Tiles of matrix products: as many sums at a time as the registers can hold."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from keras_search.tuner.system.cpu import LANES, REGISTERS, WIDTH
from keras_search.tuner.training.kernels.arithmetic.vectors import (
    FLOAT,
    INT,
    Emitter,
    Value,
    emitted,
    integer,
    word,
    zeros,
)

ROWS, FEW = 6 if REGISTERS == 16 else 8, 4
"""Rows of a tile of `outer`, and of a smaller one: with two vectors per row, as many as fit the registers."""
GROUP = 4
"""Rows of a tile of `listed`, which are packed together."""
LISTED, FEW_LISTED = (3, 2) if REGISTERS == 16 else (4, 1)
"""Vectors per row of a tile of `listed`, and of a smaller one; from both together, every multiple of WIDTH is made."""
DOT_ROWS, FEW_DOT_ROWS, DOT_COLUMNS = *((3, 2) if REGISTERS == 16 else (4, 1)), 4
"""Rows of a tile of `dots`, and of a smaller one, and columns of both: so many sums fit the registers."""


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
            pointers = [e.at(a, at, e.row(r, row), e.row(t, step)) for r in range(rows)]
            return spread_products(e, pointers, loaded, totals)

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
            return spread_products(e, [e.at(amounts, integer(r)) for r in range(GROUP)], loaded, totals)

        _store(e, e.repeat(count, zeros(GROUP * vectors), body), c, ct, stride, vectors)

    return emitted(write)


def _dots(rows: int) -> Any:
    """Make `tile(a, at, b, from, width, c, to, stride)`, of DOT_COLUMNS columns.

    c[r, s] = sum over n of a[at + r * width + n] * b[from + s * width + n], for n below `width`. Every WIDTH-th product
    goes to the same lane. Where a register has fewer, their lanes are summed one register after the other.
    """

    def write(
        e: Emitter, a: Value, at: Value, b: Value, bt: Value, width: Value, c: Value, ct: Value, stride: Value
    ) -> None:
        def summed(piece: int) -> list[Value]:
            def body(t: Value, totals: list[Value]) -> list[Value]:
                n = e.builder.add(e.row(t, WIDTH), integer(piece * LANES))
                left = [e.load(e.at(a, at, e.row(r, width), n), 1)[0] for r in range(rows)]
                results = list(totals)
                for s in range(DOT_COLUMNS):  # loaded when it is needed, as there are few registers
                    (y,) = e.load(e.at(b, bt, e.row(s, width), n), 1)
                    for r, x in enumerate(left):
                        results[r * DOT_COLUMNS + s] = e.multiply_add(x, y, totals[r * DOT_COLUMNS + s])
                return results

            return e.repeat(e.builder.sdiv(width, integer(WIDTH)), zeros(rows * DOT_COLUMNS), body)

        pieces = [summed(piece) for piece in range(WIDTH // LANES)]
        while len(pieces) > 1:
            halves = zip(pieces[: len(pieces) // 2], pieces[len(pieces) // 2 :], strict=True)
            pieces = [[e.builder.fadd(x, y) for x, y in zip(*half, strict=True)] for half in halves]
        for r in range(rows):
            e.store(e.sums(pieces[0][r * DOT_COLUMNS : (r + 1) * DOT_COLUMNS]), e.at(c, ct, e.row(r, stride)))

    return emitted(write)


def spread_products(e: Emitter, pointers: list[Value], loaded: list[Value], totals: list[Value]) -> list[Value]:
    """Add to the totals of each row the products of its number with vectors; a number is loaded when it is needed."""
    results: list[Value] = []
    for r, pointer in enumerate(pointers):
        factor = e.spread(pointer)
        own = totals[r * len(loaded) : (r + 1) * len(loaded)]
        results += [e.multiply_add(factor, vector, total) for vector, total in zip(loaded, own, strict=True)]
    return results


def _store(e: Emitter, totals: list[Value], c: Value, ct: Value, stride: Value, vectors: int) -> None:
    for index, total in enumerate(totals):
        r, v = divmod(index, vectors)
        e.store(total, e.at(c, ct, e.row(r, stride), integer(v * LANES)))


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
outer_few, outer_few_narrow = _outer(FEW, 2), _outer(FEW, 1)
outer_row, outer_row_narrow = _outer(1, 2), _outer(1, 1)
listed, listed_few = _listed(LISTED), _listed(FEW_LISTED)
dots, dots_few, dots_row = _dots(DOT_ROWS), _dots(FEW_DOT_ROWS), _dots(1)

pack_column: Callable[..., int] = emitted(_pack, types.int64)
"""`pack_column(a, at, row, amounts, found)` copies a[at + r * row], r below GROUP, to amounts[found * GROUP + r].

It returns 1 if one of them is not zero, else 0.
"""
