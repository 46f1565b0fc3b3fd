"""The products of a dense layer's matrices, which are parts of flat arrays: each is passed with its offset.

The `width` of a row is a multiple of WIDTH.
"""

from keras_search.tuner.system.cpu import LANES, WIDTH
from keras_search.tuner.training.kernels.arithmetic.tiles import (
    DOT_COLUMNS,
    DOT_ROWS,
    FEW,
    FEW_DOT_ROWS,
    ROWS,
    dots,
    dots_few,
    dots_row,
    outer,
    outer_few,
    outer_few_narrow,
    outer_narrow,
    outer_row,
    outer_row_narrow,
)
from keras_search.tuner.training.kernels.arrays import Floats
from keras_search.tuner.training.kernels.compiled import kernel


@kernel
def multiply(
    a: Floats, at: int, row: int, step: int, b: Floats, bt: int, width: int, c: Floats, ct: int, rows: int, count: int
) -> None:
    """Set c `(rows, width)` to the product of a `(rows, count)` and b `(count, width)`.

    Element (r, t) of a is at `at + r * row + t * step`; so a may be transposed. Which tiles compute an element of c
    does not change it: its products are added in the order of t.
    """
    multiply_columns(a, at, row, step, b, bt, width, width, c, ct, rows, count)


@kernel
def multiply_columns(
    a: Floats,
    at: int,
    row: int,
    step: int,
    b: Floats,
    bt: int,
    width: int,
    columns: int,
    c: Floats,
    ct: int,
    rows: int,
    count: int,
) -> None:
    """Set so many columns, a multiple of WIDTH, of c `(rows, width)` to the product of a and those of b."""
    left = rows % ROWS
    left += ROWS if left > 1 and left + ROWS <= 2 * FEW + 1 and rows > ROWS else 0  # rather than single rows
    whole, few = rows - left, rows - left % FEW
    pairs = columns // (2 * LANES) * (2 * LANES)
    for column in range(0, pairs, 2 * LANES):
        for r in range(0, whole, ROWS):
            outer(a, at + r * row, row, step, b, bt + column, width, c, ct + r * width + column, width, count)
        for r in range(whole, few, FEW):
            outer_few(a, at + r * row, row, step, b, bt + column, width, c, ct + r * width + column, width, count)
        for r in range(few, rows):
            outer_row(a, at + r * row, row, step, b, bt + column, width, c, ct + r * width + column, width, count)
    for column in range(pairs, columns if LANES == WIDTH else pairs, LANES):
        for r in range(0, whole, ROWS):
            outer_narrow(a, at + r * row, row, step, b, bt + column, width, c, ct + r * width + column, width, count)
        for r in range(whole, few, FEW):
            outer_few_narrow(
                a, at + r * row, row, step, b, bt + column, width, c, ct + r * width + column, width, count
            )
        for r in range(few, rows):
            outer_row_narrow(
                a, at + r * row, row, step, b, bt + column, width, c, ct + r * width + column, width, count
            )


@kernel
def multiply_transposed(
    a: Floats, at: int, width: int, b: Floats, bt: int, columns: int, c: Floats, ct: int, rows: int
) -> None:
    """Set c `(rows, columns)` to the product of a `(rows, width)` and b `(columns, width)` transposed."""
    left = rows % DOT_ROWS
    left += DOT_ROWS if left % FEW_DOT_ROWS and rows > left else 0  # rather than a single row
    whole, few = rows - left, rows - left % FEW_DOT_ROWS
    for column in range(0, columns, DOT_COLUMNS):
        right = bt + column * width
        for r in range(0, whole, DOT_ROWS):
            dots(a, at + r * width, b, right, width, c, ct + r * columns + column, columns)
        for r in range(whole, few, FEW_DOT_ROWS):
            dots_few(a, at + r * width, b, right, width, c, ct + r * columns + column, columns)
        for r in range(few, rows):
            dots_row(a, at + r * width, b, right, width, c, ct + r * columns + column, columns)
