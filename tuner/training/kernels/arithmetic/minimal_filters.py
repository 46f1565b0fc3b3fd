"""Convolutions of 3 x 3 pixels by fewer multiplications: 16 for four outputs, where 36 are usual.

Winograd's minimal filter F(2 x 2, 3 x 3): Lavin and Gray 2015, "Fast Algorithms for Convolutional Neural Networks",
section 4.1. A patch of 4 x 4 inputs and the kernel are each turned into 16 numbers, whose products give 2 x 2 outputs.
"""

from typing import Any

from llvmlite import ir

from keras_search.tuner.system.cpu import LANES
from keras_search.tuner.training.kernels.arithmetic.vectors import VECTOR, Emitter, Value, emitted, integer, zeros

PLACES = 16
"""The numbers of a patch."""
_SIDE = 4


def _by_lines(square: list[list[Value]], turn: Any) -> list[list[Value]]:
    """Turn the columns of a square of vectors, and then its rows."""
    columns = [turn([row[j] for row in square]) for j in range(len(square[0]))]
    return [turn([column[i] for column in columns]) for i in range(len(columns[0]))]


def _patch(e: Emitter, x: Value, at: Value, line: Value, pixel: Value, y: Value, to: Value, step: Value) -> None:
    def turn(d: list[Value]) -> list[Value]:
        build = e.builder
        return [build.fsub(d[0], d[2]), build.fadd(d[1], d[2]), build.fsub(d[2], d[1]), build.fsub(d[1], d[3])]

    sides = range(_SIDE)
    square = [[_at(e, x, at, e.row(i, line), e.row(j, pixel)) for j in sides] for i in sides]
    _store(e, _by_lines(square, turn), y, to, step)


def _kernel(e: Emitter, w: Value, at: Value, row: Value, y: Value, to: Value, step: Value) -> None:
    half = ir.Constant(VECTOR, [0.5] * LANES)

    def turn(g: list[Value]) -> list[Value]:
        ends = e.builder.fadd(g[0], g[2])
        middle = (operation(ends, g[1]) for operation in (e.builder.fadd, e.builder.fsub))
        return [g[0], *(e.builder.fmul(both, half) for both in middle), g[2]]

    square = [[_at(e, w, at, e.row(3 * i + j, row)) for j in range(3)] for i in range(3)]
    _store(e, _by_lines(square, turn), y, to, step)


def _highest(
    e: Emitter,
    m: Value,
    at: Value,
    step: Value,
    bias: Value,
    bt: Value,
    y: Value,
    to: Value,
    chosen: Value,
    where: Value,
) -> None:
    build = e.builder

    def turn(m: list[Value]) -> list[Value]:
        return [build.fadd(build.fadd(m[0], m[1]), m[2]), build.fsub(build.fsub(m[1], m[2]), m[3])]

    sides = range(_SIDE)
    outputs = _by_lines([[_at(e, m, at, e.row(_SIDE * i + j, step)) for j in sides] for i in sides], turn)
    shift = _at(e, bias, bt)
    first, *others = [build.fadd(output, shift) for row in outputs for output in row]
    best, place = first, zeros(1)[0]
    for number, here in enumerate(others, 1):
        takes = build.or_(build.fcmp_ordered(">", here, best), build.fcmp_unordered("uno", here, here))
        best = build.select(takes, here, best)
        place = build.select(takes, ir.Constant(VECTOR, [float(number)] * LANES), place)
    e.store(best, e.at(y, to))
    e.store(place, e.at(chosen, where))


def _at(e: Emitter, x: Value, *offsets: Value) -> Value:
    return e.load(e.at(x, *offsets), 1)[0]


def _store(e: Emitter, square: list[list[Value]], y: Value, to: Value, step: Value) -> None:
    for number, vector in enumerate(each for row in square for each in row):
        e.store(vector, e.at(y, to, e.row(integer(number), step)))


turned_patch: Any = emitted(_patch)
"""`turned_patch(x, at, line, pixel, y, to, step)` sets PLACES vectors of y, `step` numbers apart, from those of x.

Those are 4 x 4, in lines `line` numbers apart, `pixel` numbers apart in each.
"""
turned_kernel: Any = emitted(_kernel)
"""`turned_kernel(w, at, row, y, to, step)` sets PLACES vectors of y from the 3 x 3 of a kernel, `row` numbers apart."""
highest_output: Any = emitted(_highest)
"""`highest_output(m, at, step, bias, from, y, to, chosen, where)` sets a vector of y to the highest of 2 x 2 outputs.

They are made of PLACES vectors of m, the sums of products, and the bias. The number of the first goes to `chosen`.
"""
