"""Where the arrays of an epoch begin."""

import numpy as np
import pytest

from keras_search.tuner.training.kernels.arrays import LINE, aligned_zeros


@pytest.mark.parametrize("shape", [(16,), (48,), (1_000_003,), (3, 80)])
def test_zeros_begin_with_a_cache_line(shape: tuple[int, ...]) -> None:
    many = [aligned_zeros(*shape) for _ in range(9)]
    assert all(each.ctypes.data % LINE == 0 and each.flags.c_contiguous and each.flags.writeable for each in many)
    assert all(np.array_equal(each, np.zeros(shape, np.float32)) and each.dtype == np.float32 for each in many)
