"""A tf.data pipeline that augments images as they come."""

import keras
import keras_tuner as kt
import tensorflow as tf
from shared import begin, digits, end

seed = begin()
x, y = digits()


def shifted(image, label):
    return tf.roll(image, tf.random.uniform((), -1, 2, tf.int32), axis=1), label


train = tf.data.Dataset.from_tensor_slices((x[:480], y[:480])).shuffle(480).map(shifted).batch(32).prefetch(2)
val = tf.data.Dataset.from_tensor_slices((x[480:], y[480:])).batch(32)


def build(hp):
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(hp.Choice("filters", [4, 8]), 3)])
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(
        keras.optimizers.Adam(hp.Choice("rate", [0.01, 0.003])), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


tuner = kt.RandomSearch(build, "val_accuracy", max_trials=2, directory="pipeline", seed=seed)
tuner.search(train, validation_data=val, epochs=3, verbose=0)
end(tuner)
