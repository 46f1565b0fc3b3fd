"""What the tests of the kernels share: whole epochs against TensorFlow."""

import numpy as np
import pytest

from keras_search.tuner.training import engine as epochs
from keras_search.tuner.training.compiled import hashing
from keras_search.tuner.training.engine import COMPILED, KERNELS, EpochRunner
from keras_search.tuner.training.kernels.words import words_of

try:
    import numba  # noqa: F401
except ImportError:  # the other tests hold without kernels
    collect_ignore_glob = ["*"]


@pytest.fixture(scope="session")
def assert_trained_alike():
    """Give the comparison of a model's training by the kernels and by TensorFlow."""
    return trained_alike


@pytest.fixture(scope="session")
def drawn_down():
    """Give the random numbers of all but dropout: `count` from 0 to below 1 for a key and a step."""
    return hashed_down


def hashed_down(key, step, count):
    mask = np.uint64(2**32 - 1)
    first, second = words_of(key, step + 1)[step].astype(np.uint64)
    word = ((mask - np.arange(count, dtype=np.uint64)) * np.uint64(hashing.INDEX) + first) & mask
    for shift, factor, more in ((16, hashing.FIRST_MIX, second), (15, hashing.SECOND_MIX, np.uint64(0))):
        word = ((word ^ (word >> np.uint64(shift))) * np.uint64(factor) + more) & mask
    return ((word ^ (word >> np.uint64(15))) >> np.uint64(8)).astype(np.float32) / np.float32(2**24)


def trained_alike(make, data, batch_size):
    """Train two epochs by the kernels and by TensorFlow; compare every variable and what is reported."""
    both = []
    with pytest.MonkeyPatch.context() as monkeypatch:
        for plain in (True, False):
            monkeypatch.setattr(epochs, "_on_one_core", lambda plain=plain: plain)
            model = make()
            runner = EpochRunner(model, *data, batch_size)
            assert runner.engine == (KERNELS if plain else COMPILED)
            both.append(([runner.run(7, epoch) for epoch in (1, 2)], model))
    (ours, one), (theirs, other) = both
    for logs, expected in zip(ours, theirs, strict=True):
        assert list(logs) == list(expected)
        assert logs == pytest.approx(expected, rel=3e-4, abs=1e-5)
    for mine, yours in zip(
        [*one.variables, *one.optimizer.variables], [*other.variables, *other.optimizer.variables], strict=True
    ):
        if "seed_generator" not in mine.path:
            expected = np.asarray(yours.numpy(), np.float64)
            room = 2e-3 * max(np.abs(expected).max(), 1e-3)
            np.testing.assert_allclose(mine.numpy(), expected, rtol=1e-3, atol=room, err_msg=mine.path)
