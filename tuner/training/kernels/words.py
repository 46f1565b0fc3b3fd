"""The two words with which a step hashes its dropout masks: those of `dropout.uniform`, for all steps at once."""

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.training.compiled import hashing

Words = NDArray[np.uint32]


def words_of(key: Words, steps: int, calls: int = 1) -> Words:
    """Return the words of steps 0 to `steps` - 1, uint32 `(steps, 2 * calls)`; `key` is uint32 `(2,)`.

    The first two are those of the whole step, and of the first call of dropout if each has its own.
    """
    word = _mix(key[0] + np.arange(steps, dtype=np.uint32) * np.uint32(hashing.STEP))
    of_calls = np.arange(calls, dtype=np.uint64) * np.uint64(hashing.CALL)
    first = _mix(word[:, None] + (of_calls & np.uint64(2**32 - 1)).astype(np.uint32))
    return np.stack([first, _mix(first + key[1])], axis=2).reshape(steps, 2 * calls)


def _mix(word: Words) -> Words:
    word = (word ^ (word >> np.uint32(16))) * np.uint32(hashing.FIRST_MIX)
    word = (word ^ (word >> np.uint32(15))) * np.uint32(hashing.SECOND_MIX)
    return word ^ (word >> np.uint32(15))
