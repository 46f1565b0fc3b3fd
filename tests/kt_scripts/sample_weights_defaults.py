"""KerasTuner's default folder, weights of examples, and a search that is called a second time."""

import keras
import keras_tuner as kt
import numpy as np
from shared import begin, cancer, end

seed = begin()
x, y = cancer()
weights = np.where(y == 1, 4.0, 1.0).astype("float32")


def build(hp):
    model = keras.Sequential(
        [keras.Input((30,)), keras.layers.Dense(hp.Int("units", 4, 16, step=4), activation="relu")]
    )
    model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.Dense(2, activation="softmax"))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


tuner = kt.RandomSearch(build, objective="val_loss", max_trials=3, seed=seed)
for _ in range(2):
    tuner.search(
        x,
        keras.utils.to_categorical(y),
        epochs=5,
        validation_split=0.3,
        sample_weight=weights,
        batch_size=16,
        verbose=0,
    )
assert len(tuner.oracle.trials) == 3
end(tuner, folder=str(tuner.project_dir))
