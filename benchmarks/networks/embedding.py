"""Four classifiers of token sequences by the average of their embeddings."""

import keras


def build(hp):
    """Tune the length of the embeddings and the learning rate."""
    model = keras.Sequential(
        [
            keras.Input((100,), dtype="int32"),
            keras.layers.Embedding(5_000, hp.Choice("length", [16, 32])),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    rate = hp.Choice("learning_rate", [1e-3, 3e-3])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
