"""Use Keras for the first time while a worker has nothing to do, so that its first trial need not."""

from contextlib import suppress

import keras

from keras_search.tuner.training.compiled.fresh_start import begin_anew
from keras_search.tuner.training.context import StudyContext


def use_once(context: StudyContext) -> None:
    """Build the smallest network, unless this process has built one, or shares a user's Keras.

    That starts TensorFlow and makes a forked process's own copies of the memory that it changes. What goes wrong does
    so again in the first trial, which reports it.
    """
    if context.carried is not None or "networks" in vars(context):
        return
    with suppress(Exception):
        begin_anew(0)
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile("adam", "mse", metrics=["accuracy"])
        model.optimizer.build(model.trainable_variables)
