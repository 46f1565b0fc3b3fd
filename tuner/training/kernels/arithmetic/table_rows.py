"""Rows of an embedding's table: copied, added up, and updated by Adam, each vector in one pass."""

from typing import Any

from llvmlite import ir
from numba.core import cgutils

from keras_search.tuner.system.cpu import LANES
from keras_search.tuner.training.kernels.arithmetic.vectors import VECTOR, Emitter, Value, emitted, integer


def _each_vector(e: Emitter, width: Value, body: Any) -> None:
    def step(t: Value, totals: list[Value]) -> list[Value]:
        body(e.row(t, LANES))
        return totals

    e.repeat(e.builder.sdiv(width, integer(LANES)), [], step)


def _copied(e: Emitter, x: Value, at: Value, y: Value, to: Value, width: Value) -> None:
    _each_vector(e, width, lambda v: e.store(e.load(e.at(x, at, v), 1)[0], e.at(y, to, v)))


def _added(e: Emitter, x: Value, at: Value, sums: Value, squares: Value, to: Value, width: Value) -> None:
    def body(v: Value) -> None:
        (number,) = e.load(e.at(x, at, v), 1)
        for array, more in ((sums, number), (squares, e.builder.fmul(number, number))):
            place = e.at(array, to, v)
            e.store(e.builder.fadd(e.load(place, 1)[0], more), place)

    _each_vector(e, width, body)


def _by_adam(
    e: Emitter,
    table: Value,
    first: Value,
    second: Value,
    at: Value,
    sums: Value,
    squares: Value,
    start: Value,
    width: Value,
    new_1: Value,
    new_2: Value,
    rate: Value,
    epsilon: Value,
) -> None:
    build = e.builder
    new_1, new_2, rate, epsilon = (e.fill(number) for number in (new_1, new_2, rate, epsilon))
    kind = ir.FunctionType(VECTOR, [VECTOR])
    root = cgutils.get_or_insert_function(build.module, kind, f"llvm.sqrt.v{LANES}f32")

    def body(v: Value) -> None:
        moments = []
        for slot, terms, share in ((first, sums, new_1), (second, squares, new_2)):
            place = e.at(slot, at, v)
            (before,) = e.load(place, 1)
            change = build.fsub(e.load(e.at(terms, start, v), 1)[0], before)
            moments.append(build.fadd(before, build.fmul(change, share)))
            e.store(moments[-1], place)
        own = e.at(table, at, v)
        down = build.fadd(build.call(root, [moments[1]]), epsilon)
        e.store(build.fsub(e.load(own, 1)[0], build.fdiv(build.fmul(moments[0], rate), down)), own)

    _each_vector(e, width, body)


copied: Any = emitted(_copied)
"""`copied(x, at, y, to, width)` copies a row."""
added: Any = emitted(_added)
"""`added(x, at, sums, squares, to, width)` adds a row of x to one of the sums, and its squares to one of the others."""
by_adam: Any = emitted(_by_adam)
"""`by_adam(table, first, second, at, sums, squares, from, width, new_1, new_2, rate, epsilon)` updates a row.

The operations are those of `updating` and of a gradient of zeros, in their order.
"""
