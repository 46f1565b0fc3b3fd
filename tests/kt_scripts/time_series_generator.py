"""Windows of a series, made as they are needed."""

import keras
import keras_tuner as kt
import numpy as np
import tensorflow as tf
from shared import begin, end

seed = begin()
rng = np.random.default_rng(0)
series = (np.sin(np.arange(600) / 8) + rng.normal(0, 0.1, 600)).astype("float32").reshape(-1, 1)
train, held_out = series[:450], series[450:]
windows = tf.keras.preprocessing.sequence.TimeseriesGenerator(train, train, length=10, batch_size=32)
val_windows = keras.utils.timeseries_dataset_from_array(held_out[:-10], held_out[10:], 10, batch_size=32)


class Forecaster(kt.HyperModel):
    def __init__(self, steps, name=None):
        super().__init__(name=name)
        self.steps = steps

    def build(self, hp):
        inputs = keras.layers.Input(shape=(self.steps, 1))
        hidden = keras.layers.GRU(hp.Int("units", 4, 12, step=4))(inputs)
        model = keras.Model(inputs, keras.layers.Dense(1)(hidden))
        model.compile(hp.Choice("optimizer", ["adam", "rmsprop"]), "mse", metrics=["mae"])
        return model


tuner = kt.RandomSearch(
    Forecaster(10), "val_mae", max_trials=2, executions_per_trial=1, overwrite=True, directory="series", seed=seed
)
tuner.search(windows, epochs=3, validation_data=val_windows, verbose=0)
end(tuner)
