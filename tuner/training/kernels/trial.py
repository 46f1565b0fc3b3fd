"""Check that the kernels compile on this machine, and compute correctly."""

import numpy as np

from keras_search.tuner.system.cpu import FEATURES, WIDTH
from keras_search.tuner.training.kernels.arithmetic.products import multiply
from keras_search.tuner.training.kernels.arrays import Floats
from keras_search.tuner.training.kernels.compiled import compiled, is_kept
from keras_search.tuner.training.kernels.steps import run


@compiled
def _product(a: Floats, b: Floats, c: Floats, rows: int, count: int, width: int) -> None:
    multiply(a, 0, count, 1, b, 0, width, c, 0, rows, count)


def check_compiles() -> None:
    """Compile a small matrix product, or load it from the cache, and compare it with NumPy's.

    Raises:
        RuntimeError: LLVM does not know the processor, or the product is wrong.
        Exception: whatever Numba or LLVM raise if they cannot compile it.
    """
    if FEATURES is None:
        raise RuntimeError("LLVM does not know this processor")
    rows, count, width = 3, 5, 3 * WIDTH
    a, b = (np.arange(size, dtype=np.float32) % 7 for size in (rows * count, count * width))
    c = np.full(rows * width, np.nan, np.float32)
    _product(a, b, c, rows, count, width)
    if not np.array_equal(c.reshape(rows, width), a.reshape(rows, count) @ b.reshape(count, width)):
        raise RuntimeError("the product of two matrices is wrong")


def are_kept() -> bool:
    """Return whether the kernels of an epoch are on this machine's disk, for networks of some kind."""
    return is_kept(run)
