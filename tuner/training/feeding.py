"""Feed large examples to Keras batch by batch, where it would copy whole arrays into memory."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from keras_search.tuner.data.reordering import examples_of, in_order
from keras_search.tuner.data.tree import Examples, nbytes, size, take
from keras_search.tuner.system.memory import is_large
from keras_search.tuner.training.texts import with_text_tensors

PIECE = 2**26
"""Bytes of large examples that are held in memory at a time."""


def are_large(examples: Examples) -> bool:
    """Return whether examples should not be held in memory as a whole."""
    return is_large(sum(map(nbytes, examples)))


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """The batches of `examples` in an `order` `(n,)`, that in which they are by default.

    Keras asks for one after the other; where there is an order, a piece of some batches is held.
    """

    def __init__(self, examples: Examples, batch_size: int, order: np.ndarray | None = None) -> None:
        super().__init__()
        self._examples, self._batch_size, self._order = examples, batch_size, order
        self._many = examples_of(examples, batch_size, PIECE)
        self._held: Examples = examples
        self._number = -1
        self._pieces: Iterator[Any] = iter(())

    def __len__(self) -> int:
        return -(-size(self._examples[0]) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        start = index * self._batch_size
        if self._order is not None:
            self._hold(start // self._many, self._order)
            start %= self._many
        rows = slice(start, start + self._batch_size)
        return tuple(with_text_tensors(take(tree, rows)) for tree in self._held)

    def _hold(self, number: int, order: np.ndarray) -> None:
        """Hold a piece of the examples, the next one as a rule."""
        if number < self._number:
            self._number = -1
        if self._number < 0:
            self._pieces = in_order(self._examples, order, self._many)
        while self._number < number:
            self._held, self._number = next(self._pieces), self._number + 1
