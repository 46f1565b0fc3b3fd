"""Rare classes: class weights, and an objective whose direction is given."""

import keras
import keras_tuner as kt
from shared import begin, cancer, end

seed = begin()
x, y = cancer()


def build(hp):
    model = keras.Sequential([keras.Input((30,))])
    for i in range(hp.Int("layers", 1, 2)):
        model.add(
            keras.layers.Dense(hp.Int(f"units_{i}", 8, 32, step=8), activation=hp.Choice("act", ["relu", "tanh"]))
        )
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=[keras.metrics.AUC(name="auc")])
    return model


tuner = kt.RandomSearch(
    build,
    objective=kt.Objective("val_auc", direction="max"),
    max_trials=3,
    directory="auc",
    project_name="rare",
    seed=seed,
)
tuner.search(x, y, epochs=4, validation_split=0.3, class_weight={0: 1.0, 1: 5.0}, verbose=0)
end(tuner)
