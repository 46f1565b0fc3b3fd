"""A first search: how wide, how deep, how fast. After KerasTuner's guide "Getting started".

    keras-search start --hypermodel examples/getting_started.py:build_model --tuner random --max-trials 10

Nothing here depends on keras-search: `keras_tuner.RandomSearch(build_model, ...)` takes the same function.
"""

import keras
import keras_tuner


def build_model(hp: keras_tuner.HyperParameters) -> keras.Model:
    """Build a network of one to three dense layers for the digits, `(n, 8, 8)` in ten classes."""
    model = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten()])
    activation = hp.Choice("activation", ["relu", "tanh"])
    for layer in range(hp.Int("layers", 1, 3)):
        model.add(keras.layers.Dense(hp.Int(f"units_{layer}", 32, 128, step=32), activation=activation))
    if hp.Boolean("dropout"):
        model.add(keras.layers.Dropout(0.25))
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
