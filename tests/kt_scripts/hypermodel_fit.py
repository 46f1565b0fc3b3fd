"""A hypermodel that tunes how it is trained: batch size, shuffling, epochs."""

import keras
import keras_tuner as kt
from shared import begin, digits, end

seed = begin()
x, y = digits(500)


class MyHyperModel(kt.HyperModel):
    def build(self, hp):
        model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
        model.add(keras.layers.Dense(hp.Choice("units", [16, 32]), activation="relu"))
        model.add(keras.layers.Dense(10, activation="softmax"))
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    def fit(self, hp, model, *args, **kwargs):
        return model.fit(
            *args,
            batch_size=hp.Choice("batch_size", [16, 32]),
            shuffle=hp.Boolean("shuffle"),
            epochs=hp.Int("epochs", 3, 5),
            **kwargs,
        )


tuner = kt.RandomSearch(MyHyperModel(), "val_accuracy", max_trials=3, overwrite=True, directory="fit", seed=seed)
tuner.search(x, y, validation_split=0.2, verbose=0)
end(tuner)
