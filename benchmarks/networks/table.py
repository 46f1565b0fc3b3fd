"""Thirty classifiers of a small table."""

import keras


def build(hp):
    """Tune the widths and the learning rate."""
    model = keras.Sequential(
        [
            keras.Input((12,)),
            keras.layers.Dense(hp.Choice("units_0", [16, 32, 64, 128, 256]), activation="relu"),
            keras.layers.Dense(hp.Choice("units_1", [16, 32]), activation="relu"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    rate = hp.Choice("learning_rate", [3e-4, 1e-3, 3e-3])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
