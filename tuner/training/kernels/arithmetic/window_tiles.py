"""Tiles of convolutions: products of a matrix whose rows begin anywhere, such as the pixels around each output."""

from typing import Any

from llvmlite import ir

from keras_search.tuner.system.cpu import LANES
from keras_search.tuner.training.kernels.arithmetic.tiles import ROWS, spread_products
from keras_search.tuner.training.kernels.arithmetic.vectors import VECTOR, Emitter, Value, emitted, integer, zeros


def _gathered(rows: int, vectors: int) -> Any:
    """Make `tile(a, at, table, first, b, from, width, s, start, leap, c, to, lines, line, count, step)`.

    c[r, v] = s[r, v] + sum over (l, t) of a[at + table[first + r] + l * line + t * step] * b[l * count + t, v], for l
    below `lines` and t below `count`. Rows of b and c have `width` numbers and begin at `from` and `to`, those of s
    are `leap` numbers apart and begin at `start`. The products are added one after the other.
    """

    def write(
        e: Emitter,
        a: Value,
        at: Value,
        table: Value,
        first: Value,
        b: Value,
        bt: Value,
        width: Value,
        s: Value,
        st: Value,
        leap: Value,
        c: Value,
        ct: Value,
        lines: Value,
        line: Value,
        count: Value,
        step: Value,
    ) -> None:
        begins = [e.at(a, at, e.builder.load(e.at(table, first, integer(r)))) for r in range(rows)]
        totals = [total for r in range(rows) for total in e.load(e.at(s, st, e.row(r, leap)), vectors)]

        def in_line(number: Value, running: list[Value]) -> list[Value]:
            along, right = e.row(number, line), e.at(b, bt, e.row(e.row(number, count), width))

            def body(t: Value, sums: list[Value]) -> list[Value]:
                loaded = e.load(e.at(right, e.row(t, width)), vectors)
                here = e.builder.add(along, e.row(t, step))
                return spread_products(e, [e.at(begin, here) for begin in begins], loaded, sums)

            return e.repeat(count, running, body)

        for index, total in enumerate(e.repeat(lines, totals, in_line)):
            r, v = divmod(index, vectors)
            e.store(total, e.at(c, ct, e.row(r, width), integer(v * LANES)))

    return emitted(write)


def _over(e: Emitter, lines: Value, line: Value, count: Value, step: Value, totals: Any, body: Any) -> Any:
    """Loop over the places of a window, line by line; `body(place, totals)` returns the next totals."""

    def in_line(number: Value, running: list[Value]) -> list[Value]:
        along = e.row(number, line)
        return e.repeat(count, running, lambda t, sums: body(e.builder.add(along, e.row(t, step)), sums))

    return e.repeat(lines, totals, in_line)


def _highest(
    e: Emitter, x: Value, at: Value, lines: Value, line: Value, count: Value, step: Value, y: Value, to: Value
) -> None:
    def body(place: Value, totals: list[Value]) -> list[Value]:
        (here,) = e.load(e.at(x, at, place), 1)
        higher = e.builder.fcmp_ordered(">", here, totals[0])
        no_number = e.builder.fcmp_unordered("uno", here, here)
        return [e.builder.select(e.builder.or_(higher, no_number), here, totals[0])]

    e.store(_over(e, lines, line, count, step, e.load(e.at(x, at), 1), body)[0], e.at(y, to))


def _summed(
    e: Emitter,
    x: Value,
    at: Value,
    lines: Value,
    line: Value,
    count: Value,
    step: Value,
    share: Value,
    y: Value,
    to: Value,
) -> None:
    def body(place: Value, totals: list[Value]) -> list[Value]:
        return [e.builder.fadd(totals[0], e.load(e.at(x, at, place), 1)[0])]

    (total,) = _over(e, lines, line, count, step, zeros(1), body)
    e.store(e.builder.fmul(total, e.fill(share)), e.at(y, to))


def _summed_back(
    e: Emitter,
    passed: Value,
    at: Value,
    lines: Value,
    line: Value,
    count: Value,
    step: Value,
    share: Value,
    gradient: Value,
    to: Value,
) -> None:
    part = e.builder.fmul(e.load(e.at(gradient, to), 1)[0], e.fill(share))

    def body(place: Value, totals: list[Value]) -> list[Value]:
        (before,) = e.load(e.at(passed, at, place), 1)
        e.store(e.builder.fadd(before, part), e.at(passed, at, place))
        return totals

    _over(e, lines, line, count, step, [], body)


def _number_of_highest(
    e: Emitter,
    x: Value,
    at: Value,
    lines: Value,
    line: Value,
    count: Value,
    step: Value,
    y: Value,
    gradient: Value,
    to: Value,
) -> None:
    (best,) = e.load(e.at(y, to), 1)
    one = ir.Constant(VECTOR, [1.0] * LANES)

    def body(place: Value, totals: list[Value]) -> list[Value]:
        hit = e.builder.fcmp_ordered("==", e.load(e.at(x, at, place), 1)[0], best)
        return [e.builder.select(hit, e.builder.fadd(totals[0], one), totals[0])]

    (number,) = _over(e, lines, line, count, step, zeros(1), body)
    e.store(e.builder.fdiv(e.load(e.at(gradient, to), 1)[0], number), e.at(gradient, to))


def _highest_back(once: bool) -> Any:
    def write(
        e: Emitter,
        x: Value,
        at: Value,
        lines: Value,
        line: Value,
        count: Value,
        step: Value,
        y: Value,
        gradient: Value,
        to: Value,
        passed: Value,
    ) -> None:
        (best,), none = e.load(e.at(y, to), 1), zeros(1)[0]

        def body(place: Value, left: list[Value]) -> list[Value]:
            hit = e.builder.fcmp_ordered("==", e.load(e.at(x, at, place), 1)[0], best)
            (before,) = e.load(e.at(passed, at, place), 1)
            e.store(e.builder.fadd(before, e.builder.select(hit, left[0], none)), e.at(passed, at, place))
            return [e.builder.select(hit, none, left[0])] if once else left

        _over(e, lines, line, count, step, e.load(e.at(gradient, to), 1), body)

    return emitted(write)


gathered, gathered_narrow = _gathered(ROWS, 2), _gathered(ROWS, 1)
gathered_row, gathered_row_narrow = _gathered(1, 2), _gathered(1, 1)

highest: Any = emitted(_highest)
"""`highest(x, at, lines, line, count, step, y, to)` sets a vector of y to the highest of those in a window of x.

The window begins at `at` and has `lines` lines, `line` numbers apart, of `count` vectors, `step` numbers apart.
"""
summed: Any = emitted(_summed)
"""`summed(x, at, lines, line, count, step, share, y, to)` sets a vector of y to that share of the window's sum."""
summed_back: Any = emitted(_summed_back)
"""`summed_back(passed, at, lines, line, count, step, share, gradient, to)` adds to all of a window what that passes."""
highest_back: Any = _highest_back(once=True)
"""`highest_back(x, at, lines, line, count, step, y, gradient, to, passed)` adds a gradient to the first that is y."""
share_back: Any = _highest_back(once=False)
"""`share_back(x, at, lines, line, count, step, y, gradient, to, passed)` adds a gradient to all that are y."""
number_of_highest: Any = emitted(_number_of_highest)
"""`number_of_highest(x, at, lines, line, count, step, y, gradient, to)` divides a gradient by how many are y."""
