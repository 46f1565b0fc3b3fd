"""Examples of several rows, such as the steps of a sequence or the pixels of an image, against TensorFlow."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_search.tuner.system.cpu import padded
from keras_search.tuner.training.kernels.passes.positions import arrange
from keras_search.tuner.training.kernels.recognition.model import graph_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers, optimizers = keras.layers, keras.optimizers

N, HELD = 45, 31
X = np.random.default_rng(0).normal(size=(N + HELD, 6, 5)).astype(np.float32)
VALUES = np.stack([X[:, 0, :2].sum(axis=1), X.max(axis=(1, 2))], axis=1)


def mixed(x):
    """Mix the numbers of each step, and then all of them: rows of 5, 12 and 17, in which there is padding."""
    x = layers.Dropout(0.1)(layers.BatchNormalization()(layers.Rescaling(1.5, [1, 2, 3, 4, 5])(x)))
    hidden = layers.LayerNormalization(axis=2)(layers.Dense(12, "gelu", kernel_regularizer="l2")(x))
    both = layers.Dropout(0.3)(layers.Add()([hidden, layers.Dense(12, kernel_constraint="max_norm")(x)]))
    return layers.Dropout(0.2)(layers.Flatten()(layers.Concatenate(axis=2)([both, x])))


def reshaped(x):
    """Give rows of one number, of 16 and of 4 another shape, with a gradient and without."""
    x = layers.Dense(16, activation="silu")(layers.Reshape((6, 5, 1))(x))
    flat = layers.Activation("relu")(layers.Flatten()(layers.Reshape((15, 32))(x)))
    rows = layers.Dense(3)(layers.Reshape((5, 4))(layers.Dense(20)(flat)))
    return layers.Concatenate()([layers.Flatten()(layers.Reshape((3, 5))(rows)), layers.Dense(4)(flat)])


def by_row(x):
    """End in a number for each row."""
    return layers.Flatten()(layers.Dense(1)(layers.Dense(7, activation="tanh")(layers.Reshape((2, 15))(x))))


def compiled(hidden):
    """Build the same network each time."""
    keras.utils.set_random_seed(5)
    inputs = keras.Input((6, 5))
    outputs = hidden(inputs)
    model = keras.Model(inputs, outputs if hidden is by_row else layers.Dense(2)(outputs))
    model.compile(optimizers.Adam(0.003), "mse", metrics=["mae"])
    return model


@pytest.mark.parametrize("hidden", [mixed, reshaped, by_row])
def test_networks_of_rows_train_as_by_tensorflow(hidden, assert_trained_alike):
    """Every variable, with the same masks; the steps of an example are as many examples of a layer."""
    data = (X[:N], VALUES[:N]), (X[N:], VALUES[N:])
    assert_trained_alike(lambda: compiled(hidden), data, 16)


def twice(x):
    """Return outputs that are one tensor in two shapes."""
    rows = layers.Dense(2)(x)
    return [layers.Flatten(name="flat")(rows), layers.Reshape((12,), name="other")(rows)]


def test_outputs_that_are_the_same_numbers_are_left_to_keras():
    inputs = keras.Input((6, 5))
    model = keras.Model(inputs, twice(inputs))
    model.compile("adam", ["mse", "mse"])
    assert graph_of(model) is None


@settings(max_examples=40)
@given(n=st.integers(1, 4), positions=st.integers(1, 6), columns=st.integers(1, 40))
def test_rows_are_packed_and_spread(n, positions, columns):
    """And padded with zeros, whatever was there."""
    width, whole = padded(columns), padded(positions * columns)
    spread, packed = np.full((n, positions, width), np.nan, np.float32), np.full((n, whole), np.nan, np.float32)
    numbers = np.random.default_rng(columns).normal(size=(n, positions * columns)).astype(np.float32)
    one = np.pad(numbers, ((0, 0), (0, whole - positions * columns)))
    arrange(one.ravel(), 1, positions * columns, whole, spread.reshape(-1), positions, columns, width)
    expected = np.pad(numbers.reshape(n, positions, columns), ((0, 0), (0, 0), (0, width - columns)))
    np.testing.assert_array_equal(spread, expected)
    arrange(spread.reshape(-1), positions, columns, width, packed.reshape(-1), 1, positions * columns, whole)
    np.testing.assert_array_equal(packed, one)
