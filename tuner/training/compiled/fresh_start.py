"""Begin a run as in a new process, but keep what is compiled if that is safe."""

from typing import Any

import keras
import tensorflow as tf

from keras_search.tuner.system import tf_private


class _Draws:
    """Record whether an operation has used TensorFlow's global seed since the caches were emptied.

    Such an operation has its own state there. If the operations cannot be observed, any may have used it.
    """

    def __init__(self) -> None:
        self.seen, self._in_functions = True, False

    def watch(self) -> None:
        """Observe every operation that requests its seed."""
        if not tf_private.hear_seed_requests(self._hear):
            self.seen = self._in_functions = True

    def _hear(self, in_function: bool) -> None:
        self.seen = True
        self._in_functions = self._in_functions or in_function

    def forget(self) -> None:
        """Start over with empty caches; operations traced into a function draw without requesting a seed again."""
        self.seen = self._in_functions


_DRAWS = _Draws()


def _settings() -> tuple[Any, ...]:
    return keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format()


_FIRST_SETTINGS = _settings()
"""The settings of a process in which no user's code has run."""


def _restore_settings() -> None:
    """Reset what a user's code has set for the whole process; `clear_session` resets the rest."""
    floatx, epsilon, data_format = _FIRST_SETTINGS
    keras.config.set_floatx(floatx)
    keras.config.set_epsilon(epsilon)
    keras.config.set_image_data_format(data_format)
    tf.config.run_functions_eagerly(False)


def begin_anew(seed: int) -> None:
    """Begin as in a process that has run no user's code, but keep what is compiled.

    Process-wide settings, such as `keras.config.set_floatx`, are reset; every global random generator is seeded.
    """
    _restore_settings()
    _clear_and_seed(seed)
    tf.random.set_global_generator(tf.random.Generator.from_seed(seed))


def _clear_and_seed(seed: int) -> None:
    """Do what `keras.backend.clear_session` and `keras.utils.set_random_seed` do, but keep what is compiled.

    Both empty TensorFlow's caches, after which each epoch is compiled again: half a second per trial, two with XLA.
    That is skipped if no operation has a state there.
    """
    _DRAWS.watch()
    if _DRAWS.seen:
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)
        _DRAWS.forget()
        return
    with tf_private.keeping_caches():
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)


def keep_nothing() -> None:
    """Let the next run begin with empty caches, because functions compiled by Keras's own `fit` cannot be reused."""
    _DRAWS.seen = True


def empty_caches() -> None:
    """Free the memory of everything that TensorFlow has compiled."""
    tf_private.empty_kernel_cache()
