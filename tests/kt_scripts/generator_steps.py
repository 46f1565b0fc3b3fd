"""A generator without an end, and so many steps an epoch."""

import keras
import keras_tuner as kt
import numpy as np
from shared import begin, diabetes, end

seed = begin()
x, y = diabetes()


def batches():
    rng = np.random.default_rng(seed)
    while True:
        rows = rng.integers(0, 350, 32)
        yield x[rows], y[rows]


def build(hp):
    model = keras.Sequential(
        [keras.Input((10,)), keras.layers.Dense(hp.Int("units", 8, 32, step=8), activation="relu")]
    )
    model.add(keras.layers.Dense(1))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model


tuner = kt.RandomSearch(build, "val_loss", max_trials=3, directory="generator", seed=seed)
tuner.search(batches(), steps_per_epoch=10, epochs=4, validation_data=(x[350:], y[350:]), verbose=0)
end(tuner)
