"""Tune how to train, not only what: batch size and learning rate. After the guide "Custom training".

    keras-search start --hypermodel examples/custom_fit.py:TunedTraining --tuner random --max-trials 10

`fit` is called once per trial with what `keras_tuner.Tuner.search(x, y, validation_data=...)` would pass. Because it
passes `**kwargs` on to `model.fit`, an interrupted trial continues where it was.
"""

from typing import Any

import keras
import keras_tuner


class TunedTraining(keras_tuner.HyperModel):
    """Tune the batch size and the decay of the learning rate of a network for the digits."""

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Build and compile the network with the values of `hp`."""
        model = keras.Sequential(
            [
                keras.Input((8, 8)),
                keras.layers.Flatten(),
                keras.layers.Dense(hp.Int("units", 32, 96, step=32), activation="relu"),
                keras.layers.Dropout(0.2),
                keras.layers.Dense(10, activation="softmax"),
            ]
        )
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    def fit(self, hp: keras_tuner.HyperParameters, model: keras.Model, *args: Any, **kwargs: Any) -> Any:
        """Train in batches of a tuned size, with the learning rate decaying by a tuned share per epoch."""
        decay = hp.Choice("decay", [1.0, 0.8])
        schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * (decay if epoch else 1.0))
        callbacks = [*kwargs.pop("callbacks", []), schedule]
        return model.fit(*args, batch_size=hp.Choice("batch", [32, 128]), callbacks=callbacks, **kwargs)
