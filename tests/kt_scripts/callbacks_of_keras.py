"""Keras' own callbacks, all at once."""

import math

import keras
import keras_tuner as kt
from shared import begin, digits, end

seed = begin()
x, y = digits(400)
epochs_seen = []


def schedule(epoch, rate):
    return rate if epoch < 2 else rate * math.exp(-0.1)


def build(hp):
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(hp.Choice("units", [16, 32]), activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


tuner = kt.RandomSearch(build, "val_accuracy", max_trials=2, directory="callbacks", seed=seed)
tuner.search(
    x,
    y,
    epochs=4,
    validation_split=0.25,
    verbose=0,
    callbacks=[
        keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau("val_loss", patience=1),
        keras.callbacks.LearningRateScheduler(schedule),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.CSVLogger("log.csv"),
        keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True),
        keras.callbacks.BackupAndRestore("backup"),
        keras.callbacks.TensorBoard("board"),
        keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs_seen.append(epoch)),
    ],
)
assert len(epochs_seen) >= 4
end(tuner)
