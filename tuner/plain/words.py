"""The two words with which a step hashes its dropout masks: those of `dropout.uniform`, for all steps at once."""

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]


def words_of(key: Words, steps: int) -> Words:
    """Give the words of steps 0 to `steps` - 1, uint32 `(steps, 2)`; `key` is uint32 `(2,)`."""
    word = _mix(key[0] + np.arange(steps, dtype=np.uint32) * np.uint32(0x9E3779B9))
    first = _mix(word)
    return np.stack([first, _mix(first + key[1])], axis=1)


def _mix(word: Words) -> Words:
    word = (word ^ (word >> np.uint32(16))) * np.uint32(0x21F0AAAD)
    word = (word ^ (word >> np.uint32(15))) * np.uint32(0x735A2D97)
    return word ^ (word >> np.uint32(15))
