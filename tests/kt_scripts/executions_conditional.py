"""Two executions a trial, of models whose hyperparameters depend on each other."""

import keras
import keras_tuner as kt
from shared import begin, digits, end

seed = begin()
x, y = digits(500)


def build(hp):
    inputs = keras.Input((8, 8, 1))
    kind = hp.Choice("kind", ["dense", "cnn"])
    with hp.conditional_scope("kind", ["cnn"]):
        if kind == "cnn":
            features = keras.layers.Conv2D(hp.Int("filters", 4, 8, step=4), 3, activation="relu")(inputs)
            features = keras.layers.Flatten()(features)
    with hp.conditional_scope("kind", ["dense"]):
        if kind == "dense":
            features = keras.layers.Flatten()(inputs)
            features = keras.layers.Dense(hp.Int("units", 16, 32, step=16), activation="relu")(features)
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(features))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


tuner = kt.RandomSearch(
    build, objective=["val_loss", kt.Objective("val_accuracy", "max")], max_trials=3, executions_per_trial=2,
    directory="twice", seed=seed,
)  # fmt: skip
tuner.search(x, y, epochs=4, validation_split=0.2, verbose=0)
end(tuner)
