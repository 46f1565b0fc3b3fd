"""Layers that pad, crop, repeat and permute rows, over whole epochs against TensorFlow."""

import keras
import numpy as np
import pytest

from keras_search.tuner.training.kernels.recognition.model import graph_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers = keras.layers

N, HELD = 45, 31
X = np.random.default_rng(0).normal(size=(N + HELD, 6, 5, 2)).astype(np.float32)
VALUES = np.stack([X[:, 0, :2].sum(axis=(1, 2)), X.max(axis=(1, 2, 3))], axis=1)


def images(x):
    """Halve an image and make it large again, with and without what is learned before."""
    x = layers.Conv2D(7, 3, strides=2)(layers.ZeroPadding2D(((1, 0), (2, 1)))(x))
    x = layers.Conv2D(17, 2, activation="relu")(layers.UpSampling2D((2, 3))(x))
    x = layers.Cropping2D(((0, 1), (1, 2)))(layers.ZeroPadding2D(2)(layers.Permute((2, 1, 3))(x)))
    return layers.Concatenate()([layers.Flatten()(x), layers.GlobalMaxPooling2D()(x)])


def sequences(x):
    """Repeat an example for the steps of another sequence."""
    x = layers.Cropping1D((2, 0))(layers.UpSampling1D(2)(layers.ZeroPadding1D((1, 3))(layers.Reshape((12, 5))(x))))
    x = layers.RepeatVector(4)(layers.GlobalAveragePooling1D()(layers.Dense(6, "tanh")(x)))
    return layers.Flatten()(layers.Permute((1, 2))(layers.GRU(5, return_sequences=True)(x)))


def blended(x):
    """Make the data and what is learned from them larger, pixels between those that are there."""
    x = layers.Conv2D(17, 2, activation="relu")(layers.UpSampling2D((2, 3), interpolation="bilinear")(x))
    x = layers.UpSampling2D((1, 2), interpolation="bilinear")(layers.Conv2D(3, 3, strides=4)(x))
    return layers.Flatten()(layers.UpSampling2D(3, interpolation="bilinear")(x))


def made(hidden):
    keras.utils.set_random_seed(5)
    inputs = keras.Input(X.shape[1:])
    model = keras.Model(inputs, layers.Dense(2)(hidden(inputs)))
    model.compile(keras.optimizers.Adam(0.003), "mse", metrics=["mae"])
    return model


@pytest.mark.parametrize("hidden", [images, sequences, blended])
def test_networks_that_place_rows_train_as_by_tensorflow(hidden, assert_trained_alike):
    assert_trained_alike(lambda: made(hidden), ((X[:N], VALUES[:N]), (X[N:], VALUES[N:])), 16)


OTHERS = {
    "curved": layers.UpSampling2D(2, interpolation="bicubic"),
    "channels first": layers.ZeroPadding2D(1, data_format="channels_first"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_layers_that_do_more_than_place_rows_are_left_to_keras(name):
    assert graph_of(made(lambda x: layers.Flatten()(OTHERS[name](x)))) is None
