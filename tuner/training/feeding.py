"""Feed large examples to Keras batch by batch, where it would copy whole arrays into memory."""

from typing import Any

import keras
import numpy as np

from keras_search.tuner.data.tree import Examples, nbytes, size, take
from keras_search.tuner.system.memory import is_large
from keras_search.tuner.training.texts import with_text_tensors


def are_large(examples: Examples) -> bool:
    """Return whether examples should not be held in memory as a whole."""
    return is_large(sum(map(nbytes, examples)))


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """The batches of `examples` in an `order` `(n,)`, that in which they are by default."""

    def __init__(self, examples: Examples, batch_size: int, order: np.ndarray | None = None) -> None:
        super().__init__()
        self._examples, self._batch_size = examples, batch_size
        self._order = np.arange(size(examples[0])) if order is None else order

    def __len__(self) -> int:
        return -(-len(self._order) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        return tuple(with_text_tensors(take(tree, rows)) for tree in self._examples)
