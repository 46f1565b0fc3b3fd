"""What lets two models share a program, and what forbids it."""

import keras
import numpy as np

from keras_search.tuner.training.compiled.architecture import architecture_of


def model(*layers: keras.layers.Layer) -> keras.Model:
    network = keras.Sequential([keras.Input((3,)), *layers, keras.layers.Dense(2)])
    network.compile("adam", "mse")
    return network


def test_weights_names_and_rates_may_differ() -> None:
    first, second = (model(keras.layers.Dense(4), keras.layers.Dropout(rate)) for rate in (0.1, 0.4))
    assert architecture_of(first) == architecture_of(second) is not None
    assert architecture_of(model(keras.layers.Dense(5), keras.layers.Dropout(0.1))) != architecture_of(first)


def test_what_has_adapted_to_data_is_shared_with_none() -> None:
    """Its mean and variance are constants of the program, and in no config."""
    normalization = keras.layers.Normalization()
    normalization.adapt(np.arange(6.0).reshape(2, 3))
    assert architecture_of(model(normalization)) is None
