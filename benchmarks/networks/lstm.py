"""Four recurrent classifiers of images, read row by row: LSTM."""

import keras


def build(hp):
    """Tune the number of units and the learning rate."""
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.LSTM(hp.Choice("units", [32, 64])),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    rate = hp.Choice("learning_rate", [1e-3, 3e-3])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
