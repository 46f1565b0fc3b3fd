"""Four one-dimensional convolutional classifiers of signals."""

import keras


def build(hp):
    """Tune the number of filters and the learning rate."""
    filters = hp.Choice("filters", [16, 32])
    model = keras.Sequential(
        [
            keras.Input((128, 9)),
            keras.layers.Conv1D(filters, 5, activation="relu"),
            keras.layers.MaxPooling1D(2),
            keras.layers.Conv1D(2 * filters, 5, activation="relu"),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(6, activation="softmax"),
        ]
    )
    rate = hp.Choice("learning_rate", [1e-3, 3e-3])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
