"""Text through a TextVectorization that was adapted before the search."""

import keras
import keras_tuner as kt
import tensorflow as tf
from shared import begin, end, sentences

seed = begin()
texts, labels = sentences()
vectorize = keras.layers.TextVectorization(max_tokens=50, output_sequence_length=10)
vectorize.adapt(texts)
tokens = vectorize(tf.constant(texts)).numpy()


def build_model(hp):
    inputs = keras.Input((10,), dtype="int64")
    x = keras.layers.Embedding(50, hp.Choice("embedding", [4, 8, 16]))(inputs)
    x = keras.layers.GlobalAveragePooling1D()(x)
    if hp.Boolean("dropout"):
        x = keras.layers.Dropout(0.25)(x)
    outputs = keras.layers.Dense(1, activation="sigmoid")(x)
    model = keras.Model(inputs, outputs)
    model.compile(hp.Choice("optimizer", ["adam", "rmsprop"]), "binary_crossentropy", metrics=["accuracy"])
    return model


tuner = kt.RandomSearch(build_model, objective="val_loss", max_trials=4, overwrite=True, directory="text", seed=seed)
tuner.search(tokens[:300], labels[:300], epochs=8, validation_data=(tokens[300:], labels[300:]), verbose=0)
end(tuner)
