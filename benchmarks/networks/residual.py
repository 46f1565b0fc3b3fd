"""Four dense classifiers of images with a skip connection and layer normalization."""

import keras


def build(hp):
    """Tune the width and the learning rate."""
    units = hp.Choice("units", [64, 128])
    inputs = keras.Input((28, 28))
    x = keras.layers.Dense(units, activation="relu")(keras.layers.Flatten()(inputs))
    inside = keras.layers.Dense(units, activation="relu")(keras.layers.LayerNormalization()(x))
    x = keras.layers.Add()([x, keras.layers.Dense(units)(inside)])
    outputs = keras.layers.Dense(10, activation="softmax")(keras.layers.LayerNormalization()(x))
    model = keras.Model(inputs, outputs)
    rate = hp.Choice("learning_rate", [1e-3, 3e-3])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
