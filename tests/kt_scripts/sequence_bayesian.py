"""A forecast by an LSTM, tuned by Bayesian optimization."""

import keras
import keras_tuner as kt
from shared import begin, end, waves

seed = begin()
x, y = waves()


def build(hp):
    model = keras.Sequential([keras.Input((12, 1)), keras.layers.LSTM(hp.Int("units", 4, 16, step=4))])
    model.add(keras.layers.Dense(1))
    rate = hp.Float("learning_rate", 1e-3, 3e-2, sampling="log")
    model.compile(keras.optimizers.Adam(rate), loss="mse", metrics=["mae"])
    return model


tuner = kt.BayesianOptimization(
    build, "val_mae", max_trials=4, num_initial_points=2, beta=2.0, directory="lstm", project_name="waves", seed=seed
)
tuner.search(x, y, batch_size=50, epochs=3, validation_split=0.25, verbose=0)
end(tuner, trials=len(tuner.oracle.trials))
