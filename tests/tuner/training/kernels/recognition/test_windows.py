"""Convolutions and pooling against TensorFlow, over whole epochs and for any size of window."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.program import plain_program
from keras_search.tuner.training.kernels.recognition.model import graph_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers, optimizers = keras.layers, keras.optimizers

N, HELD = 45, 35
X = np.random.default_rng(0).normal(size=(N + HELD, 9, 10, 3)).astype(np.float32)
VALUES = np.stack([X[:, :4, :4].mean(axis=(1, 2, 3)), X.max(axis=(1, 2, 3))], axis=1)


def plain(x):
    """Take images without channels, and leave rows with padding for the layer behind."""
    x = layers.Conv2D(6, 3, padding="same")(layers.Reshape((9, 10, 1))(layers.Rescaling(0.5)(x)))
    x = layers.MaxPooling2D()(layers.ReLU()(x))
    x = layers.Conv2D(20, (2, 3), activation="tanh", kernel_regularizer="l2", bias_regularizer="l1")(x)
    return layers.Dense(9, activation="relu")(layers.Dropout(0.3)(layers.Flatten()(x)))


def residual(x):
    """Add a block of convolutions with normalization to its inputs, and halve the image beside it."""
    x = layers.BatchNormalization()(layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False)(x))
    norm = keras.constraints.MaxNorm(0.8, axis=[0, 1, 2])
    block = layers.Dropout(0.2)(layers.Conv2D(16, 3, padding="same", activation="gelu")(x))
    block = layers.BatchNormalization()(
        layers.Conv2D(16, 3, padding="same", use_bias=False, kernel_constraint=norm)(block)
    )
    x = layers.Activation("relu")(layers.Add()([x, block]))
    halved = layers.AveragePooling2D((3, 2), strides=2, padding="same")(x)
    both = layers.Concatenate()([halved, layers.Conv2D(5, 2, strides=2, padding="same")(x)])
    return layers.Concatenate()([layers.GlobalAveragePooling2D()(both), layers.GlobalMaxPooling2D()(both)])


def sequence(x):
    """Take the image as a sequence, and learn the steps of another."""
    x = layers.Conv1D(8, 3, padding="causal", activation="relu")(layers.Reshape((90, 3))(x))
    x = layers.MaxPooling1D(3, strides=2, padding="same")(x)
    x = layers.AveragePooling1D(2)(layers.Conv1D(16, 4, strides=2, activation="silu")(x))
    made = layers.Conv1D(3, 3, padding="same")(layers.Reshape((6, 4))(layers.Dense(24)(layers.Flatten()(x))))
    return layers.Concatenate()([layers.GlobalMaxPooling1D()(x), layers.GlobalAveragePooling1D()(made)])


def by_channel(x):
    """Look at each channel for itself, at pixels that lie apart, and mix the channels."""
    x = layers.DepthwiseConv2D(3, activation="relu", depthwise_regularizer="l2")(x)
    x = layers.Conv2D(18, (2, 3), dilation_rate=(2, 1), padding="same", activation="tanh")(x)
    x = layers.SeparableConv2D(17, 3, dilation_rate=2, padding="same", activation="relu", bias_regularizer="l2")(x)
    x = layers.DepthwiseConv2D((3, 2), 2, padding="same", use_bias=False)(x)
    x = layers.Conv1D(5, 2, dilation_rate=3, padding="causal")(layers.Reshape((16, 17))(x))
    x = layers.SeparableConv1D(4, 3, padding="same")(layers.DepthwiseConv1D(3, 2, padding="same")(x))
    return layers.Flatten()(x)


def pooled(x):
    """Pool convolutions of few and of many channels, at the border and within it, in windows of all kinds."""
    x = layers.MaxPooling2D((2, 1))(layers.Conv2D(21, 3, padding="same", activation="relu")(x))
    x = layers.MaxPooling2D((1, 3))(layers.Conv2D(34, (4, 2), padding="same", bias_regularizer="l2")(x))
    norm = keras.constraints.MaxNorm(0.8, axis=[0, 1, 2])
    x = layers.ZeroPadding2D(((3, 2), (4, 2)))(x)
    x = layers.MaxPooling2D(2, 3)(layers.Conv2D(19, 3, padding="same", kernel_regularizer="l2")(x))
    x = layers.UpSampling2D(2)(x)
    x = layers.Conv2D(3, (3, 1), strides=(1, 2), activation="relu", kernel_constraint=norm, use_bias=False)(x)
    x = layers.MaxPooling2D((2, 2), padding="same")(x)
    x = layers.Reshape((24, 1))(layers.Dense(24)(layers.Flatten()(x)))
    made = layers.Conv1D(5, 7, padding="causal", activation="relu")(x)
    made = layers.Conv1D(70, 3)(layers.MaxPooling1D(2, strides=3)(made))
    return layers.Flatten()(layers.MaxPooling1D(3)(made))


def divided(x):
    """Divide the channels into groups, and give several channels for each."""
    norm = keras.constraints.MaxNorm(0.8, axis=[0, 1, 2])
    x = layers.Conv2D(36, 2, groups=3, activation="relu", kernel_regularizer="l2", bias_regularizer="l1")(x)
    x = layers.Conv2D(36, (3, 2), groups=2, strides=2, padding="same", use_bias=False, kernel_constraint=norm)(x)
    x = layers.MaxPooling2D(2)(layers.Conv2D(18, 3, groups=18, padding="same", activation="tanh")(x))
    x = layers.DepthwiseConv2D((1, 2), depth_multiplier=3, activation="relu", depthwise_regularizer="l2")(x)
    x = layers.SeparableConv2D(5, (2, 1), padding="same", depth_multiplier=2)(x)
    x = layers.Conv1D(4, 3, groups=2, padding="causal", dilation_rate=2)(layers.Reshape((4, 2))(layers.Dense(4)(x)))
    x = layers.DepthwiseConv1D(2, 2, depth_multiplier=2)(x)
    return layers.Flatten()(layers.SeparableConv1D(3, 1, depth_multiplier=2)(x))


NETWORKS = {plain: X[..., 0].copy(), pooled: X, residual: X, sequence: X, by_channel: X, divided: X}


@pytest.mark.parametrize("hidden", NETWORKS)
def test_convolutional_networks_train_as_by_tensorflow(hidden, assert_trained_alike):
    """Every variable, with the same masks."""

    def make():
        keras.utils.set_random_seed(5)
        inputs = keras.Input(x.shape[1:])
        model = keras.Model(inputs, layers.Dense(2)(hidden(inputs)))
        model.compile(optimizers.Adam(0.003), "mse", metrics=["mae"])
        return model

    x = NETWORKS[hidden]
    assert_trained_alike(make, ((x[:N], VALUES[:N]), (x[N:], VALUES[N:])), 16)


WINDOWS = {
    "convolution": lambda size, strides, padding: layers.Conv2D(5, size, strides, padding, bias_initializer="ones"),
    "apart": lambda size, *_: layers.Conv2D(5, size, padding="same", dilation_rate=(2, 3), bias_initializer="ones"),
    "by channel": lambda size, strides, padding: layers.DepthwiseConv2D(
        size, strides[0], "same" if strides[0] > 1 else padding, bias_initializer="ones"
    ),
    "maximum": layers.MaxPooling2D,
    "average": layers.AveragePooling2D,
    "maximum of all": lambda *_: layers.GlobalMaxPooling2D(keepdims=True),
}
WINDOW = st.tuples(
    st.sampled_from([*WINDOWS]),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.sampled_from(["valid", "same"]),
)


def is_wrong_by_onednn(layer):
    """Return whether TensorFlow is wrong: NumPy, the kernels, and TensorFlow without oneDNN agree on other outputs."""
    return isinstance(layer, layers.Conv2D) and layer.strides[0] == 1 < layer.strides[1] and layer.output.shape[2] == 1


@settings(max_examples=20)
@given(
    shape=st.tuples(st.integers(4, 9), st.integers(4, 9), st.sampled_from([1, 2, 3, 16])),
    filters=st.sampled_from([1, 4, 16, 17, 35]),
    first=WINDOW.filter(lambda window: window[2] == (1, 1) or window[3] == "same"),
    second=WINDOW.filter(lambda window: window[3] == "same"),
    n=st.integers(1, 40),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_window_has_the_gradient_of_tensorflow(shape, filters, first, second, n, seed):
    """Also where several numbers in a window are the highest, in images of few values."""
    keras.utils.set_random_seed(3)
    x = np.random.default_rng(seed).integers(0, 3, (n, *shape)).astype(np.float32) // 2
    y = np.arange(n, dtype=np.float32)[:, None] / n
    kernel = layers.Conv2D(filters, 2, padding="same", activation="relu", bias_initializer="ones")
    windows = [WINDOWS[name](*how) for name, *how in (first, second)]
    model = keras.Sequential([keras.Input(shape), kernel, *windows, layers.Flatten(), layers.Dense(1)])
    assume(not any(map(is_wrong_by_onednn, model.layers)))
    model.compile(optimizers.SGD(1.0), "mse")
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
    gradients = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    before = model.get_weights()
    program = plain_program(model, (x, y), (x, y), n)
    logs = program.run(model, (x, y), (x, y), np.arange(n, dtype=np.int32), np.zeros(2, np.uint32))
    assert logs["loss"] == pytest.approx(float(loss), rel=1e-4, abs=1e-6)
    for one, other, gradient in zip(before, model.get_weights(), gradients, strict=True):
        room = 1e-5 * (1 + np.abs(one).max()) + 1e-4 * np.abs(gradient).max()
        np.testing.assert_allclose(one - other, gradient, rtol=1e-3, atol=room)


OTHERS = {
    "groups, channels first": layers.Conv2D(4, 2, groups=2, data_format="channels_first"),
    "constrained": layers.DepthwiseConv2D(2, depthwise_constraint="max_norm"),
    "channels first": layers.SeparableConv2D(3, 2, data_format="channels_first"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_windows_are_left_to_keras(name):
    model = keras.Sequential([keras.Input((6, 6, 4)), OTHERS[name], layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    assert graph_of(model) is None


def kinds_of(graph):
    return [part.what if isinstance(part.what, int) else type(part.what).__name__ for part in graph.parts[1:-2]]


@pytest.mark.parametrize("shared", [False, True])
def test_relu_comes_after_a_max_pooling_that_alone_takes_it(shared):
    """It has fewer numbers to go over then, and the results are the same."""
    inputs = keras.Input((6, 6, 1))
    x = layers.Conv2D(4, 3, activation="relu")(inputs)
    pooled = layers.Flatten()(layers.MaxPooling2D()(x))
    hidden = layers.Concatenate()([pooled, layers.Flatten()(x)]) if shared else pooled
    model = keras.Model(inputs, layers.Dense(1)(hidden))
    model.compile("adam", "mse")
    expected = ["Conv2D", arrays.RELU, "MaxPooling2D"] if shared else ["PooledConvolution", arrays.RELU]
    assert kinds_of(graph_of(model))[:3] == expected


def test_patches_are_about_as_exact_as_windows():
    """Against double precision, beside TensorFlow."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((9, 8, 40)), layers.Conv2D(16, 3), layers.MaxPooling2D(2), layers.Flatten()])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(30, 9, 8, 40)).astype(np.float32)
    data = x, np.zeros((30, 9 * 16), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), (3, 3), axis=(1, 2))[:, :6]
    exact = np.einsum("nijcuv,uvck->nijk", windows, model.get_weights()[0].astype(np.float64))
    exact = exact.reshape(30, 3, 2, 3, 2, 16).max(axis=(2, 4)).reshape(30, -1)
    (ours,) = plain_program(model, data, data, 30).test(model, data)[1]
    theirs = model.predict(x, verbose=0)
    errors = [np.sqrt(np.mean((found - exact) ** 2)) for found in (ours, theirs)]
    assert errors[0] < 3 * errors[1]


def test_what_is_not_a_number_is_seen_behind_a_pooling():
    """A training that diverges must say so."""
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 1), layers.MaxPooling2D()])
    model.add(layers.GlobalMaxPooling2D())
    model.add(layers.Dense(1))
    model.compile("sgd", "mse")
    model.layers[0].bias.assign([np.nan, 0])
    data = np.ones((3, 4, 4, 1), np.float32), np.ones(3, np.float32)
    program = plain_program(model, data, data, 2)
    assert np.isnan(program.run(model, data, data, np.arange(3, dtype=np.int32), np.zeros(2, np.uint32))["loss"])
