"""The processor's state."""

import numpy as np
import pytest

from keras_search.tuner.system.cpu import X86
from keras_search.tuner.training.kernels.arithmetic.bits import flush_denormals, restore_denormals
from keras_search.tuner.training.kernels.compiled import compiled

SMALL = np.float32(1e-39)


@compiled
def halved(x: float, flushing: bool) -> float:
    """Halve a number, denormals flushed or not."""
    before = flush_denormals()
    if not flushing:
        restore_denormals(before)
    half = x * np.float32(0.5)
    restore_denormals(before)
    return half


@pytest.mark.skipif(not X86, reason="other processors lose no time with such numbers")
def test_denormals_are_flushed_and_only_while_that_is_asked_for():
    """As TensorFlow does in its threads; NumPy goes on as before."""
    assert SMALL * np.float32(0.5) > 0
    assert halved(SMALL, False) > 0
    assert halved(SMALL, True) == 0
    assert SMALL * np.float32(0.5) > 0
