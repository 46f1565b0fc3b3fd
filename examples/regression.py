"""Predict a value: how wide, how strongly regularised, and which loss.

    keras-search start --dataset examples/data.py:progression --hypermodel examples/regression.py:build_model \
        --tuner random --max-trials 10

The objective is `val_mean_absolute_error`, which the model measures and models are compared by, unless another is
given; `val_loss` would mix different losses, as the trials have them.
"""

import keras
import keras_tuner


def build_model(hp: keras_tuner.HyperParameters) -> keras.Model:
    """Build a network that predicts one value from ten measurements."""
    model = keras.Sequential([keras.Input((10,))])
    penalty = keras.regularizers.L2(hp.Float("l2", 1e-5, 1e-2, sampling="log"))
    for _ in range(hp.Int("layers", 1, 2)):
        model.add(keras.layers.Dense(hp.Int("units", 16, 64, step=16), "relu", kernel_regularizer=penalty))
    # The values are between 25 and 346: a network that starts at their middle need not get there first.
    model.add(keras.layers.Dense(1, bias_initializer=keras.initializers.Constant(150.0)))
    model.compile(
        optimizer=keras.optimizers.Adam(hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")),
        loss=hp.Choice("loss", ["mean_squared_error", "mean_absolute_error", "huber"]),
        metrics=["mean_absolute_error"],
    )
    return model
