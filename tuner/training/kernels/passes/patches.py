"""Convolutions of 3 x 3 pixels before a max pooling of 2 x 2, by patches of 4 x 4 inputs, each of which gives one."""

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.system.cpu import LANES, WIDTH
from keras_search.tuner.training.kernels.arithmetic.minimal_filters import (
    PLACES,
    highest_output,
    turned_kernel,
    turned_patch,
)
from keras_search.tuner.training.kernels.arithmetic.products import multiply
from keras_search.tuner.training.kernels.arrays import Floats
from keras_search.tuner.training.kernels.compiled import kernel


@kernel
def turn_kernels(parameters: Floats, weights: int, channels: int, width: int, values: Floats, to: int) -> None:
    """Set `(PLACES, channels, width)` values to a turned kernel `(3, 3, channels, width)`."""
    size = channels * width
    for v in range(0, size, LANES):
        turned_kernel(parameters, weights + v, size, values, to + v, size)


@kernel
def convolve_by_patches(
    values: Floats, at: int, line: int, channels: int, tables: NDArray[np.int64], table: int, pool: int, pools: int,
    patches: int, factors: int, products: int, width: int,
    parameters: Floats, bias: int, after: int, kept: Floats, chosen: int,
) -> None:  # fmt: skip
    """Set `pools` outputs of the pooling, whose patches begin at every `pool`-th place of the table.

    The turned patches `(PLACES, pools, row)`, whose rows are the channels and padding, the turned kernel `(PLACES,
    channels, width)` and the sums of products `(PLACES, pools, width)` are in `values`.
    """
    row = (channels + WIDTH - 1) // WIDTH * WIDTH
    for p in range(pools):
        begin = at + tables[table + p * pool]
        for v in range(0, row, LANES):
            turned_patch(values, begin + v, line, channels, values, patches + p * row + v, pools * row)
    for place in range(PLACES):
        a, b, c = patches + place * pools * row, factors + place * channels * width, products + place * pools * width
        multiply(values, a, row, 1, values, b, width, values, c, pools, channels)
    for p in range(pools):
        for v in range(0, width, LANES):
            out = p * width + v
            highest_output(
                values, products + out, pools * width, parameters, bias + v, values, after + out, kept, chosen + out
            )
