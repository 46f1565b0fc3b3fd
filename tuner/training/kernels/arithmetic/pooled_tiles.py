"""Tiles of convolutions before a max pooling: sums over the few outputs that have a gradient, listed by channel."""

from typing import Any

from llvmlite import ir
from numba import types

from keras_search.tuner.system.cpu import LANES, REGISTERS, WIDTH
from keras_search.tuner.training.kernels.arithmetic.vectors import FLOAT, INT, Emitter, Value, emitted, integer, zeros

LINES = 3
"""The lines of a window that a tile of several covers."""
MOST_SPREAD = 3
MOST_SUMMED = 3 if REGISTERS == 16 else 6
"""The most vectors in each line of such a tile: with their sums, as many as fit the registers."""


def _summed(lines: int, vectors: int) -> Any:
    """Make `tile(x, at, pixel, line, places, from, amounts, start, count, c, to, row)`.

    c[l, v] += sum over t of amounts[start + t] * x[at + places[from + t] * pixel + l * line + v], for t below `count`,
    at least one. The products are added one after the other.
    """

    def write(
        e: Emitter,
        x: Value,
        at: Value,
        pixel: Value,
        line: Value,
        places: Value,
        pt: Value,
        amounts: Value,
        mt: Value,
        count: Value,
        c: Value,
        ct: Value,
        row: Value,
    ) -> None:
        ends = [e.at(c, ct, e.row(number, row)) for number in range(lines)]

        def body(t: Value, totals: list[Value]) -> list[Value]:
            factor = e.spread(e.at(amounts, mt, t))
            begin = e.at(x, at, e.row(e.builder.load(e.at(places, pt, t)), pixel))
            loaded = [each for number in range(lines) for each in e.load(e.at(begin, e.row(number, line)), vectors)]
            return [e.multiply_add(factor, vector, total) for vector, total in zip(loaded, totals, strict=True)]

        totals = e.repeat(count, [total for end in ends for total in e.load(end, vectors)], body)
        for index, total in enumerate(totals):
            number, v = divmod(index, vectors)
            e.store(total, e.at(ends[number], integer(v * LANES)))

    return emitted(write)


def _spread(lines: int, vectors: int) -> Any:
    """Make `tile(y, at, pixel, line, places, from, amounts, start, count, c, to, row)`.

    y[at + places[from + t] * pixel + l * line + v] += amounts[start + t] * c[l, v], for one t below `count` after the
    other. There are `vectors` of WIDTH numbers in a line, because their number decides in which order gradients are
    added to a number of y that several windows hold.
    """
    vectors *= WIDTH // LANES

    def write(
        e: Emitter,
        y: Value,
        at: Value,
        pixel: Value,
        line: Value,
        places: Value,
        pt: Value,
        amounts: Value,
        mt: Value,
        count: Value,
        c: Value,
        ct: Value,
        row: Value,
    ) -> None:
        kept = [each for number in range(lines) for each in e.load(e.at(c, ct, e.row(number, row)), vectors)]

        def body(t: Value, totals: list[Value]) -> list[Value]:
            factor = e.spread(e.at(amounts, mt, t))
            begin = e.at(y, at, e.row(e.builder.load(e.at(places, pt, t)), pixel))
            for number in range(lines):
                own = e.at(begin, e.row(number, line))
                for v, before in enumerate(e.load(own, vectors)):
                    after = e.multiply_add(factor, kept[number * vectors + v], before)
                    e.store(after, e.at(own, integer(v * LANES)))
            return totals

        e.repeat(count, [], body)

    return emitted(write)


def _pooled(
    e: Emitter, x: Value, at: Value, width: Value, count: Value, y: Value, to: Value, chosen: Value, where: Value
) -> None:
    first = e.load(e.at(x, at), 1)[0]

    def body(t: Value, totals: list[Value]) -> list[Value]:
        best, place = totals
        (here,) = e.load(e.at(x, at, e.row(t, width)), 1)
        higher = e.builder.fcmp_ordered(">", here, best)
        takes = e.builder.or_(higher, e.builder.fcmp_unordered("uno", here, here))
        number = e.fill(e.builder.sitofp(t, FLOAT))
        return [e.builder.select(takes, here, best), e.builder.select(takes, number, place)]

    best, place = e.repeat(count, [first, ir.Constant(first.type, [0.0] * LANES)], body)
    e.store(best, e.at(y, to))
    e.store(place, e.at(chosen, where))


def _list(
    e: Emitter,
    gradient: Value,
    at: Value,
    chosen: Value,
    where: Value,
    width: Value,
    pools: Value,
    table: Value,
    tt: Value,
    pool: Value,
    first: Value,
    places: Value,
    pt: Value,
    amounts: Value,
    mt: Value,
    found: Value,
) -> Value:
    def body(t: Value, totals: list[Value]) -> list[Value]:
        build, row = e.builder, e.row(t, width)
        slope, number = build.load(e.at(gradient, at, row)), build.load(e.at(chosen, where, row))
        place = build.load(e.at(table, tt, e.row(t, pool), build.fptosi(number, INT)))
        build.store(build.add(first, place), e.at(places, pt, totals[0]))
        build.store(slope, e.at(amounts, mt, totals[0]))
        differs = build.fcmp_unordered("!=", slope, ir.Constant(FLOAT, 0.0))
        return [build.add(totals[0], build.zext(differs, INT))]

    return e.repeat(pools, [found], body)[0]


def _unpooled(
    e: Emitter, gradient: Value, at: Value, chosen: Value, where: Value, number: Value, y: Value, to: Value
) -> None:
    passes = e.builder.fcmp_ordered("==", e.load(e.at(chosen, where), 1)[0], e.fill(e.builder.sitofp(number, FLOAT)))
    e.store(e.builder.select(passes, e.load(e.at(gradient, at), 1)[0], zeros(1)[0]), e.at(y, to))


summed = [_summed(1, vectors) for vectors in range(1, 7)]
summed_lines = [_summed(LINES, vectors) for vectors in (1, 2, 3, MOST_SUMMED)]
spread = [_spread(1, vectors) for vectors in range(1, 7)]
spread_lines = [_spread(LINES, vectors) for vectors in (1, 2, 3, MOST_SPREAD)]
"""The tiles of one line by their vectors, from 1 on, and those of LINES."""

pooled: Any = emitted(_pooled)
"""`pooled(x, at, width, count, y, to, chosen, where)` sets a vector of y to the highest of `count` rows of x.

The number of the first such row goes to `chosen`.
"""
list_column: Any = emitted(_list, types.int64)
"""`list_column(gradient, at, chosen, where, width, pools, table, from, pool, first, places, to, amounts, to, found)`.

It lists the gradients of a channel in `pools` windows of `pool` outputs that are not zero, behind the `found` ones, and
the place of each: `first` more than that of the chosen output in the table. It returns how many there are then.
"""
unpooled: Any = emitted(_unpooled)
"""`unpooled(gradient, at, chosen, where, number, y, to)` sets a vector of y: the gradient where `number` is chosen."""
