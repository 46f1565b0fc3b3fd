"""Operators on tensors, over whole epochs against TensorFlow."""

import keras
import numpy as np
import pytest

from keras_search.tuner.training.kernels.recognition.model import graph_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers, ops = keras.layers, keras.ops

N, HELD = 83, 47
X = np.random.default_rng(0).normal(size=(N + HELD, 5, 4)).astype(np.float32)
VALUES = (X[:, 0, :2] * 2 + np.square(X[:, 1, 1:3])).astype(np.float32)
NUMBERS = np.arange(1, 7, dtype=np.float32)


def mixture(x):
    """Mix experts by a softmax, and steps by another along the steps."""
    last = x[:, 1:]
    attention = layers.Softmax(axis=1)(layers.Dense(1)(last)) + layers.Permute((2, 1))(ops.softmax(last))[:, :, :1]
    row = ops.sum(attention * last, axis=1)
    gates = layers.Dense(3, activation="softmax")(row)
    experts = [layers.Dense(6, activation="tanh")(row) for _ in range(3)]
    mixed = layers.Add()([layers.Multiply()([gates[:, i : i + 1], each]) for i, each in enumerate(experts)])
    return layers.Concatenate()([mixed, distances(x)])


def formulas(x):
    """Apply every formula that an operation of one tensor has, and arrays and numbers on both sides."""
    row = layers.Dense(6)(layers.Flatten()(x))
    bounded = [ops.relu, ops.relu6, ops.tanh, ops.sigmoid, ops.softsign, ops.hard_sigmoid, ops.hard_tanh, ops.abs]
    bounded += [ops.gelu, ops.silu, ops.softplus, ops.selu, ops.log_sigmoid, keras.activations.relu, ops.leaky_relu]
    total = sum(function(row) for function in bounded)
    total = total + ops.elu(row, 0.4) + ops.gelu(row, approximate=False) + ops.celu(row, 0.7) + ops.elu(row)
    total = total + keras.activations.relu(row, negative_slope=0.1, max_value=1.0) + ops.clip(row, -0.3, 0.4)
    total = total + ops.maximum(row, 0.1) - ops.minimum(row, 0.2) + 1 / (2 + ops.square(row)) + row**3 / 9
    root = ops.sqrt(ops.abs(row) + 0.5) + ops.log(ops.exp(row * 0.3) + 1) - (ops.square(row) + 1) ** -1
    scaled = ops.subtract(NUMBERS, root * NUMBERS) / NUMBERS[None] + layers.Dense(1)(row) * NUMBERS / 6
    return total * 0.1 + scaled


def distances(x):
    """Compare parts of the inputs in each way in which vectors are compared, with axes that are added and left out."""
    one, two = layers.Dense(5)(x[:, 0]), layers.Dense(5)(layers.Flatten()(ops.transpose(x, (0, 2, 1))[..., 1:3]))
    parts = [
        ops.sum(ops.square(one - two), axis=-1, keepdims=True),
        ops.mean(one * two, axis=[1], keepdims=True),
        layers.Dot(axes=1)([one, two]),
        ops.sqrt(layers.Dot(axes=-1)([one, one]) + 0.1),
        layers.Flatten()(ops.expand_dims(one, 2) * ops.expand_dims(two, 1)),
        ops.reshape(x, (-1, 20))[:, ::3],
        layers.Average()([layers.Dense(1)(one), two]),
        layers.GlobalAveragePooling1D()(layers.Multiply()([x, layers.Reshape((1, 4))(layers.Dense(4)(one))])),
    ]
    return layers.Concatenate()(parts)


def compiled(hidden):
    """Build the same network each time."""
    keras.utils.set_random_seed(5)
    inputs = keras.Input((5, 4))
    model = keras.Model(inputs, layers.Dense(2)(hidden(inputs)))
    model.compile(keras.optimizers.SGD(0.005), "mse", metrics=["mae"])
    return model


@pytest.mark.parametrize("hidden", [mixture, formulas])
def test_operators_train_as_by_tensorflow(hidden, assert_trained_alike):
    """What they make of tensors of one rank, of numbers and of arrays, and their gradients."""
    data = [(X[part], VALUES[part]) for part in (slice(N), slice(N, None))]
    assert_trained_alike(lambda: compiled(hidden), data, 16)


def test_the_softmax_that_a_loss_takes_may_be_an_operation():
    """As an activation is, its inputs are the logits of a cross-entropy."""
    inputs = keras.Input((4,))
    model = keras.Model(inputs, ops.softmax(layers.Dense(3)(inputs)))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    assert [type(part.what).__name__ for part in graph_of(model).parts] == ["InputLayer", "Dense"]


OTHERS = {
    "examples added": lambda x: x + ops.sum(x, axis=0, keepdims=True),
    "all added": lambda x: x + ops.sum(x),
    "some examples": lambda x: x[:10, :],
    "examples divided": lambda x: ops.reshape(x, (-1, 5, 2)),
    "a variable": lambda x: x * keras.Variable(np.ones(4, np.float32)),
    "examples exchanged": lambda x: ops.flip(x, axis=0),
    "an endless factor": lambda x: x * np.array([1, 2, np.inf, 3], np.float32),
    "a quotient of an array": lambda x: ops.divide(np.ones(4, np.float32), x),
    "another power": lambda x: (x * x) ** 1.7,
    "a power of two tensors": lambda x: (x * x) ** x,
    "double precision": lambda x: x / np.full(4, 3.0),
    "other ranks": lambda x: x + ops.reshape(x, (-1, 1, 5, 4))[:, 0, :1, :1] * ops.sum(x, axis=(1, 2)),
    "an unknown operation": lambda x: ops.sin(x),
    "a normalized product": lambda x: layers.Dot(axes=1, normalize=True)([x[:, 0], x[:, 1]]),
    "a product of matrices": lambda x: layers.Dot(axes=1)([x, x]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_operators_are_left_to_keras(name):
    assert graph_of(compiled(lambda x: layers.Flatten()(layers.Dense(4)(OTHERS[name](x))))) is None
