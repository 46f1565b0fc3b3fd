"""Make the order of each epoch of `model.fit` a function of the epoch alone, so that a later start repeats it."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import keras
import tensorflow as tf

from keras_search.tuner.system.seeds import derive_seed


class EpochOrder:
    """Hold the current epoch of a run; `begin` moves to one.

    Keras shuffles arrays with `tf.random.shuffle`, whose state depends on the number of epochs since `fit` began.
    Inside `shuffling`, the same call draws from the run's seed and the epoch (`stateless_shuffle`) instead.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._place = tf.Variable(0, dtype=tf.int64, trainable=False)

    def begin(self, epoch: int) -> None:
        """Seed everything that is drawn during an epoch."""
        self._place.assign(derive_seed(self._seed, "order", epoch))
        keras.utils.set_random_seed(derive_seed(self._seed, "epoch", epoch) % 2**32)

    @contextmanager
    def shuffling(self) -> Iterator[None]:
        """Let every `tf.random.shuffle` inside draw from the seed and the epoch."""
        original, calls = tf.random.shuffle, count()

        def shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Any:
            call = derive_seed(next(calls) if seed is None else seed)
            return tf.random.experimental.stateless_shuffle(
                value, tf.stack([self._place, tf.constant(call, tf.int64)]), name=name
            )

        tf.random.shuffle = shuffle
        try:
            yield
        finally:
            tf.random.shuffle = original
