"""Transposed convolutions against TensorFlow, over whole epochs and for any size of window."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_search.tuner.training.kernels.program import plain_program
from keras_search.tuner.training.kernels.recognition.model import graph_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers, optimizers = keras.layers, keras.optimizers

N, HELD = 45, 35
X = np.random.default_rng(0).random((N + HELD, 8, 12, 2)).astype(np.float32)


def autoencoder(inputs):
    """Take an image to an eighth of its size and back."""
    x = layers.Conv2D(20, 3, padding="same", activation="relu")(inputs)
    x = layers.MaxPooling2D(2, padding="same")(x)
    x = layers.Conv2D(5, 3, strides=2, padding="same")(x)
    x = layers.Conv2DTranspose(7, 3, strides=2, padding="same", activation="relu", kernel_regularizer="l2")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Conv2DTranspose(18, (2, 4), 2, bias_regularizer="l1", use_bias=True)(x)
    x = layers.Cropping2D(((0, 0), (1, 1)))(x)
    return layers.Conv2DTranspose(2, 1, activation="sigmoid", use_bias=False)(x)


def sequences(inputs):
    """Take images as sequences of one line, and join what several layers make of them."""
    x = layers.Reshape((24, 8))(inputs)
    long = layers.Conv1DTranspose(17, 5, strides=3, activation="tanh")(x)
    wide = layers.Conv1DTranspose(17, 3, strides=3, padding="same", output_padding=2)(x[:, 1:])
    both = layers.Add()([long[:, :69], wide])
    return layers.Reshape((8, 12, 2))(layers.Dense(192)(layers.Flatten()(layers.AveragePooling1D(9)(both))))


@pytest.mark.parametrize(
    ("hidden", "optimizer"),
    [(autoencoder, optimizers.Adam), (autoencoder, optimizers.Lamb), (sequences, optimizers.RMSprop)],
)
def test_networks_train_as_by_tensorflow(hidden, optimizer, assert_trained_alike):
    """Every variable."""

    def make():
        keras.utils.set_random_seed(5)
        inputs = keras.Input(X.shape[1:])
        model = keras.Model(inputs, hidden(inputs))
        model.compile(optimizer(0.003), "mse", metrics=["mae"])
        return model

    assert_trained_alike(make, ((X[:N], X[:N]), (X[N:], X[N:])), 16)


SIZES = [(1, 1), (2, 3), (3, 2), (5, 4)]
STRIDES = [(1, 1), (2, 1), (2, 3), (3, 2)]
CASES = [
    (size, strides, padding)
    for size, strides, padding in itertools.product(SIZES, STRIDES, ["valid", "same"])
    if size[0] >= strides[0] and size[1] >= strides[1]  # TensorFlow 2.21 writes past its memory for other windows
]


@pytest.mark.parametrize(("size", "strides", "padding"), CASES)
def test_any_window_has_the_gradient_of_tensorflow(size, strides, padding):
    """Loss and gradients of one step."""
    number = CASES.index((size, strides, padding))
    shape, filters = [((5, 4, 3), 17), ((2, 7, 17), 1), ((1, 3, 16), 35)][number % 3]
    more = [None, (0, 0) if padding == "valid" else None, tuple(stride - 1 for stride in strides)][number // 3 % 3]
    keras.utils.set_random_seed(3)
    inputs = keras.Input(shape)
    before = layers.Conv2D(shape[-1], 1, bias_initializer="ones")
    after = layers.Conv2DTranspose(filters, size, strides, padding, output_padding=more, bias_initializer="ones")
    model = keras.Model(inputs, after(before(inputs)))
    model.compile(optimizers.SGD(1.0), "mse")
    shapes = [(40, *each.shape[1:]) for each in (inputs, model.output)]
    x, y = (np.random.default_rng(1).normal(size=each).astype(np.float32) for each in shapes)
    known = graph_of(model) is not None
    try:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
    except tf.errors.InvalidArgumentError:
        assert not known
        pytest.skip("TensorFlow does not know this output padding")
    except tf.errors.AbortedError:
        pytest.skip("oneDNN does not know this output padding")
    try:
        gradients = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    except tf.errors.InvalidArgumentError:
        pytest.skip("TensorFlow has no gradient for this output padding")
    values = model.get_weights()
    program = plain_program(model, (x, y), (x, y), 40)
    logs = program.run(model, (x, y), (x, y), np.arange(40, dtype=np.int32), np.zeros(2, np.uint32))
    assert logs["loss"] == pytest.approx(float(loss), rel=1e-4, abs=1e-6)
    for one, other, gradient in zip(values, model.get_weights(), gradients, strict=True):
        room = 1e-5 * (1 + np.abs(one).max()) + 1e-4 * np.abs(gradient).max()
        np.testing.assert_allclose(one - other, gradient, rtol=1e-3, atol=room)


OTHERS = {
    "apart": layers.Conv2DTranspose(2, 2, dilation_rate=2),
    "constrained": layers.Conv2DTranspose(2, 2, kernel_constraint="max_norm"),
    "channels first": layers.Conv2DTranspose(2, 2, data_format="channels_first"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_transposed_convolutions_are_left_to_keras(name):
    model = keras.Sequential([keras.Input((6, 6, 4)), layers.Conv2D(4, 2), OTHERS[name]])
    model.compile("adam", "mse")
    assert graph_of(model) is None
