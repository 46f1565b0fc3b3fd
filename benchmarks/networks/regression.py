"""Four regressions of a table."""

import keras


def build(hp):
    """Tune the width and the learning rate."""
    units = hp.Choice("units", [32, 64])
    model = keras.Sequential(
        [
            keras.Input((20,)),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.Adam(hp.Choice("learning_rate", [1e-3, 3e-3])), "mse", metrics=["mae"])
    return model
