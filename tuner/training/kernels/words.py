"""The two words with which a step hashes its dropout masks: those of `dropout.uniform`, for all steps at once."""

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.training.compiled import hashing

Words = NDArray[np.uint32]


def words_of(key: Words, steps: int) -> Words:
    """Return the words of steps 0 to `steps` - 1, uint32 `(steps, 2)`; `key` is uint32 `(2,)`."""
    word = _mix(key[0] + np.arange(steps, dtype=np.uint32) * np.uint32(hashing.STEP))
    first = _mix(word)
    return np.stack([first, _mix(first + key[1])], axis=1)


def _mix(word: Words) -> Words:
    word = (word ^ (word >> np.uint32(16))) * np.uint32(hashing.FIRST_MIX)
    word = (word ^ (word >> np.uint32(15))) * np.uint32(hashing.SECOND_MIX)
    return word ^ (word >> np.uint32(15))
