"""Sums over the outputs of a convolution that have a gradient, as `pooled` lists them."""

from typing import Any

from keras_search.tuner.system.cpu import LANES, WIDTH
from keras_search.tuner.training.kernels.arithmetic.pooled_tiles import (
    LINES,
    MOST_SPREAD,
    MOST_SUMMED,
    spread,
    spread_lines,
    summed,
    summed_lines,
)
from keras_search.tuner.training.kernels.compiled import kernel


def _over(one: Any, several: Any, unit: int, most: int) -> Any:
    """Make the loop of tiles over the lines of a window, and over the vectors of each line."""
    one_1, one_2, one_3, one_4, one_5, one_6 = one
    several_1, several_2, several_3, several_most = several

    @kernel
    def over(
        x: Any, at: int, pixel: int, line: int, p: Any, pt: int, m: Any, mt: int, count: int,
        c: Any, ct: int, row: int, lines: int,
    ) -> None:  # fmt: skip
        lines = lines if count else 0
        whole, vectors = lines // LINES * LINES, row // unit
        for number in range(0, whole, LINES):
            v = 0
            while v < vectors:
                left, a, to = vectors - v, at + number * line + v * unit, ct + number * row + v * unit
                if left == 1:
                    several_1(x, a, pixel, line, p, pt, m, mt, count, c, to, row)
                    v += 1
                elif left == 2 or left == 4:
                    several_2(x, a, pixel, line, p, pt, m, mt, count, c, to, row)
                    v += 2
                elif left == most or left > most + 2:
                    several_most(x, a, pixel, line, p, pt, m, mt, count, c, to, row)
                    v += most
                else:
                    several_3(x, a, pixel, line, p, pt, m, mt, count, c, to, row)
                    v += 3
        for number in range(whole, lines):
            v = 0
            while v < vectors:
                left, a, to = vectors - v, at + number * line + v * unit, ct + number * row + v * unit
                take = left if left <= 6 else 6 if left > 11 else (left + 1) // 2
                if take == 1:
                    one_1(x, a, pixel, line, p, pt, m, mt, count, c, to, row)
                elif take == 2:
                    one_2(x, a, pixel, line, p, pt, m, mt, count, c, to, row)
                elif take == 3:
                    one_3(x, a, pixel, line, p, pt, m, mt, count, c, to, row)
                elif take == 4:
                    one_4(x, a, pixel, line, p, pt, m, mt, count, c, to, row)
                elif take == 5:
                    one_5(x, a, pixel, line, p, pt, m, mt, count, c, to, row)
                else:
                    one_6(x, a, pixel, line, p, pt, m, mt, count, c, to, row)
                v += take

    return over


add_listed = _over(summed, summed_lines, LANES, MOST_SUMMED)
spread_listed = _over(spread, spread_lines, WIDTH, MOST_SPREAD)
"""`(x, at, pixel, line, places, from, amounts, from, count, c, to, row, lines)`, for a list of `count` gradients.

The first adds to the `lines` rows of c, which have `row` numbers, the windows of x, times their outputs' gradients; the
second adds to the windows of x the rows of c, times each gradient. The windows begin at the listed pixels of `pixel`
numbers, their lines are `line` numbers apart.
"""
