"""A table of numbers through a Normalization layer that the build function closes over, on a grid."""

import keras
import keras_tuner as kt
from shared import begin, diabetes, end

seed = begin()
x, y = diabetes()
normalizer = keras.layers.Normalization()
normalizer.adapt(x)


def build(hp):
    model = keras.Sequential(
        [keras.Input((10,)), normalizer, keras.layers.Dense(hp.Choice("units", [8, 16]), "relu"), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(hp.Choice("rate", [0.01, 0.003])), loss="huber", metrics=["mae"])
    return model


tuner = kt.GridSearch(build, objective="val_mae", directory="grid", project_name="numbers", seed=seed)
tuner.search(x=x, y=y, validation_data=(x[300:], y[300:]), epochs=5, shuffle=True, verbose=0)
assert len(tuner.oracle.trials) == 4
end(tuner)
