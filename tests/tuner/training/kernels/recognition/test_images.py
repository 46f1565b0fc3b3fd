"""Models whose targets are images, against TensorFlow."""

import keras
import numpy as np
import pytest

from keras_search.models.problem import Target
from keras_search.tuner.training.kernels import testing
from keras_search.tuner.training.kernels.program import plain_program
from keras_search.tuner.training.kernels.recognition.model import graph_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers = keras.layers

N, HELD = 45, 35
RNG = np.random.default_rng(0)
X = RNG.random((N + HELD, 8, 6, 1)).astype(np.float32)
SEVERAL = RNG.random((N + HELD, 4, 3, 20)).astype(np.float32)


def drawn(inputs):
    """End with a convolution and a sigmoid."""
    x = layers.MaxPooling2D(2, padding="same")(layers.Conv2D(8, 3, padding="same", activation="relu")(inputs))
    return layers.Conv2D(1, 3, padding="same", activation="sigmoid")(layers.UpSampling2D(2)(x))


def of_sixteens(inputs):
    """Give rows that need no padding, by which other rows are given beside them."""
    return layers.Dense(16)(layers.Conv2D(7, 3, activation="tanh")(inputs))


def reshaped(inputs):
    """Give images from a dense layer."""
    return layers.Reshape((8, 6))(layers.Dense(48, "sigmoid")(layers.Dense(9, "relu")(layers.Flatten()(inputs))))


CASES = {
    "cross-entropy": (drawn, X, "binary_crossentropy", ["accuracy", "mae"]),
    "squares": (drawn, X, "mse", ["mae", keras.metrics.RootMeanSquaredError()]),
    "wide": (of_sixteens, RNG.normal(size=(N + HELD, 6, 4, 16)).astype(np.float32), "log_cosh", None),
    "flat": (reshaped, X[..., 0].copy(), "mae", ["mse"]),
}


def make(name):
    hidden, _, loss, metrics = CASES[name]
    keras.utils.set_random_seed(5)
    inputs = keras.Input((8, 6, 1))
    model = keras.Model(inputs, hidden(inputs))
    model.compile(keras.optimizers.Adam(0.003), loss, metrics=metrics)
    return model


@pytest.mark.parametrize("name", CASES)
def test_images_are_learned_as_by_tensorflow(name, assert_trained_alike):
    """Every variable, and the means over all numbers of an image."""
    y = CASES[name][1]
    if "accuracy" in (CASES[name][3] or ()):
        y = y.round()
    assert_trained_alike(lambda: make(name), ((X[:N], y[:N]), (X[N:], y[N:])), 16)


def test_images_that_are_tested_have_their_shape():
    """And are those of Keras."""
    model = make("cross-entropy")
    metrics, images = testing.tested(model, (X, X), Target("", shape=(8, 6, 1)))
    np.testing.assert_allclose(images, model.predict(X, verbose=0), atol=1e-5)
    assert metrics["loss"] == pytest.approx(model.evaluate(X, X, verbose=0)[0], rel=1e-4)


def compiled(loss, metrics=None):
    model = keras.Sequential([keras.Input((4, 3, 20)), layers.Conv2D(4, 2, padding="same")])
    model.compile("sgd", loss, metrics=metrics)
    return model


@pytest.mark.parametrize(
    ("loss", "metrics"),
    [
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), None),
        ("mse", ["accuracy"]),
        ("mse", ["cosine_similarity"]),
    ],
)
def test_what_is_computed_pixel_by_pixel_is_left_to_keras(loss, metrics):
    assert graph_of(compiled(loss, metrics)) is None


def test_weights_of_images_are_left_to_keras():
    """It does not take one number for each."""
    data = SEVERAL, SEVERAL[..., :4].copy(), np.ones(len(SEVERAL), np.float32)
    assert plain_program(compiled("mse"), data, data[:2], 8) is None
    assert plain_program(compiled("mse"), data[:2], data[:2], 8) is not None
