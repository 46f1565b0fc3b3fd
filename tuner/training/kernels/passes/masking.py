"""The steps of a sequence that a number masks."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arrays import MASKED_STEPS, Floats, Memory
from keras_search.tuner.training.kernels.compiled import kernel
from keras_search.tuner.training.kernels.words import Words

_0, _1 = np.float32(0), np.float32(1)


def masked_steps(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs to the steps that count, and to zero for those that do not; tell which these are."""
    steps, w = layer.positions, layer.width
    for i in range(n):
        x = memory.values[layer.before + i * steps * w : layer.before + (i + 1) * steps * w]
        y = memory.values[layer.after + i * steps * w : layer.after + (i + 1) * steps * w]
        mark(x, layer.first, layer.columns, w, memory.values[layer.mask + i * layer.mask_width :], y)


MASKING_PASSES = {MASKED_STEPS: (masked_steps,)}
"""The forward pass; there is no other, because there are no parameters before."""


@kernel
def mark(x: Floats, value: Any, columns: int, width: int, mask: Floats, y: Floats) -> None:
    """Set y to the rows of x, `width` apart, and `mask` to 1 for each; both to 0 where all `columns` are `value`."""
    for t in range(len(x) // width):
        row, out = x[t * width : (t + 1) * width], y[t * width : (t + 1) * width]
        counts = False
        for j in range(columns):
            counts |= row[j] != value
        mask[t] = _1 if counts else _0
        for j in range(width):
            out[j] = row[j] if counts else _0
