"""Begin a run as in a new process, but keep what is compiled where that is safe."""

import random
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.python.framework import random_seed


class _Draws:
    """Whether an operation has drawn on TensorFlow's global seed since the caches were emptied.

    Such an operation keeps a state of its own there.
    """

    def __init__(self) -> None:
        self.seen, self._in_functions = True, False
        self._get_seed = random_seed.get_seed

    def watch(self) -> None:
        """Hear of every operation that asks for its seed."""
        random_seed.get_seed = self._heard

    def _heard(self, op_seed: Any) -> Any:
        self.seen = True
        self._in_functions = self._in_functions or not context.executing_eagerly()
        return self._get_seed(op_seed)

    def forget(self) -> None:
        """Begin anew, with empty caches; what is traced into a function goes on drawing without asking again."""
        self.seen = self._in_functions


_DRAWS = _Draws()


def _settings() -> tuple[Any, ...]:
    return keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format()


_FIRST_SETTINGS = _settings()
"""Those of a process in which no code of a user's has run."""


def _restore_settings() -> None:
    """Forget what a user's code has set for the whole process; `clear_session` forgets the rest."""
    floatx, epsilon, data_format = _FIRST_SETTINGS
    keras.config.set_floatx(floatx)
    keras.config.set_epsilon(epsilon)
    keras.config.set_image_data_format(data_format)
    tf.config.run_functions_eagerly(False)


def begin_anew(seed: int) -> None:
    """Begin as in a process that has run nothing of a user's, but keep what is compiled.

    Settings of the whole process, such as `keras.config.set_floatx`, are as they were at first; every global
    generator of random numbers is seeded.
    """
    _restore_settings()
    _clear_and_seed(seed)
    tf.random.set_global_generator(tf.random.Generator.from_seed(seed))


def _clear_and_seed(seed: int) -> None:
    """Do what `keras.backend.clear_session` and `keras.utils.set_random_seed` do, but keep what is compiled.

    Both empty TensorFlow's caches, after which each epoch is compiled again: half a second a trial, two with XLA. That
    is left out where no operation has a state there to forget.
    """
    _DRAWS.watch()
    if _DRAWS.seen:
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)
        _DRAWS.forget()
        return
    eager = context.context()
    eager.clear_kernel_cache, eager._set_global_seed = _nothing, _set_in(eager)
    try:
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)
    finally:
        del eager.clear_kernel_cache, eager._set_global_seed


def keep_nothing() -> None:
    """Let the next run begin with empty caches: what this one compiles, by Keras's own `fit`, serves no other."""
    _DRAWS.seen = True


def empty_caches() -> None:
    """Give back the memory of everything that TensorFlow has compiled."""
    context.context().clear_kernel_cache()


def _nothing() -> None:
    """Take the place of what empties the caches."""


def _set_in(eager: Any) -> Callable[[int], None]:
    """Give TensorFlow's own way to set the seed, less its last step."""

    def set_global_seed(seed: int) -> None:
        eager._seed, eager._rng = seed, random.Random(seed)

    return set_global_seed
