"""A PyDataset, registered hyperparameters that override those of the build function, and a callback of one's own."""

import keras
import keras_tuner as kt
import numpy as np
from shared import begin, digits, end

seed = begin()
x, y = digits(500)


class Batches(keras.utils.PyDataset):
    def __init__(self, x, y, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x) // 25

    def __getitem__(self, index):
        rows = slice(index * 25, (index + 1) * 25)
        return self.x[rows], self.y[rows]


class Warmup(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.epochs = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.model.optimizer.learning_rate = 0.005 * min(1.0, (epoch + 1) / 2)

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1


def build(hp):
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(hp.Int("units", 8, 512), activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(hp.Choice("optimizer", ["adam", "sgd"]), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


space = kt.HyperParameters()
space.Choice("units", [16, 32])
space.Fixed("optimizer", "adam")
tuner = kt.GridSearch(build, "val_accuracy", hyperparameters=space, directory="sequence", seed=seed)
tuner.search(Batches(x[:400], y[:400]), epochs=3, validation_data=(x[400:], y[400:]), callbacks=[Warmup()], verbose=0)
assert np.isin([trial.hyperparameters.get("units") for trial in tuner.oracle.trials.values()], [16, 32]).all()
end(tuner)
