"""Products with a matrix that is mostly zeros, such as the pixels around a digit.

Its rows are processed in groups, and only at the places where one row of the group is not zero.
"""

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.system.cpu import LANES
from keras_search.tuner.training.kernels.arithmetic.tiles import (
    FEW_LISTED,
    GROUP,
    LISTED,
    listed,
    listed_few,
    pack_column,
)
from keras_search.tuner.training.kernels.arrays import Floats
from keras_search.tuner.training.kernels.compiled import kernel

SAMPLE = 1000
"""The number of examples that show whether data are sparse."""
SHARE = 0.6
"""The share of remaining places below which packing pays off."""

_0 = np.float32(0)


@kernel
def pack(
    a: Floats,
    at: int,
    row: int,
    step: int,
    rows: int,
    count: int,
    amounts: Floats,
    places: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> None:
    """List the nonzero elements of a `(rows, count)`, element (r, t) being at `at + r * row + t * step`, by groups.

    Group g has `counts[g]` places in which one of its rows is not zero; they are in `places` from `g * count` on, and
    the numbers of the group there are in `amounts`. Rows that the last group lacks are zero.
    """
    whole = rows // GROUP
    for group in range(whole):
        found = group * count
        for t in range(count):
            places[found] = t
            found += pack_column(a, at + group * GROUP * row + t * step, row, amounts, found)
        counts[group] = found - group * count
    if whole * GROUP < rows:
        for t in range(count):
            places[whole * count + t] = t
            for r in range(GROUP):
                inside = whole * GROUP + r < rows
                amounts[(whole * count + t) * GROUP + r] = (
                    a[at + (whole * GROUP + r) * row + t * step] if inside else _0
                )
        counts[whole] = count


@kernel
def multiply_packed(
    amounts: Floats,
    places: NDArray[np.int32],
    counts: NDArray[np.int64],
    group: int,
    count: int,
    b: Floats,
    bt: int,
    width: int,
    c: Floats,
    ct: int,
) -> None:
    """Set the rows of a group in c `(rows, width)`, from `ct` on, to their products with b `(count, width)`."""
    start, number = group * count, counts[group]
    if number == 0:
        for i in range(GROUP * width):
            c[ct + i] = _0
        return
    left = width // LANES % LISTED
    left += LISTED if left % FEW_LISTED else 0
    wide = width - left * LANES
    for column in range(0, wide, LISTED * LANES):
        listed(amounts, places, start, b, bt + column, width, c, ct + column, width, number)
    for column in range(wide, width, FEW_LISTED * LANES):
        listed_few(amounts, places, start, b, bt + column, width, c, ct + column, width, number)


def packed_sizes(examples: int, features: int) -> tuple[int, int]:
    """Return the numbers of places and groups that `pack` needs for a batch, by examples and by features."""
    by_example, by_feature = -(-examples // GROUP), -(-features // GROUP)
    return max(by_example * features, by_feature * examples), max(by_example, by_feature)


def is_sparse(x: NDArray[np.float32]) -> bool:
    """Return whether products with x `(n, features)` are faster if they skip its zeros."""
    some = x[:SAMPLE] != 0
    by_example = np.add.reduceat(some, np.arange(0, some.shape[0], GROUP), axis=0) > 0
    by_feature = np.add.reduceat(some, np.arange(0, some.shape[1], GROUP), axis=1) > 0
    return bool((by_example.mean() + by_feature.mean()) / 2 < SHARE)
