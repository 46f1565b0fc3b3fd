"""Inner models, and layers that are called several times, over whole epochs against TensorFlow."""

import keras
import numpy as np
import pytest

from keras_search.tuner.training.kernels.program import plain_program
from keras_search.tuner.training.kernels.recognition.calls import calls_of
from keras_search.tuner.training.kernels.recognition.model import graph_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers, optimizers = keras.layers, keras.optimizers

N, HELD = 83, 47
RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(2, N + HELD, 7)).astype(np.float32)
WORDS = RNG.integers(0, 9, (2, N + HELD, 5)).astype(np.float32)
PIXELS = RNG.normal(size=(2, N + HELD, 6, 6, 2)).astype(np.float32)
VALUES = (ROWS[0, :, :2] * 2 + np.square(ROWS[1, :, 1:3])).astype(np.float32)


def tower(*hidden, shape=(7,)):
    return keras.Sequential([keras.Input(shape), *hidden])


def towers(one, two):
    """Compare two inputs by a tower with everything that trains, and judge them by a model with two inputs."""
    deep = tower(layers.Dense(9, activation="relu", kernel_regularizer="l2"), layers.Dropout(0.2))
    inner = tower(deep, layers.BatchNormalization(), layers.Dense(6), layers.PReLU(), layers.Dropout(0.3))
    ends = [keras.Input((6,)), keras.Input((6,))]
    both = layers.Concatenate()([ends[0], layers.LayerNormalization()(ends[1])])
    judge = keras.Model(ends, [layers.Dense(4)(both), layers.Dense(4, activation="sigmoid")(both)])
    value, gate = judge([inner(one), inner(two)])
    return layers.Dropout(0.1)(layers.Multiply()([value, gate]))


def texts(one, two):
    """Read two texts by the same words and recurrent layer, past what is masked."""
    reader = tower(layers.Embedding(9, 4, mask_zero=True), layers.GRU(4, bias_regularizer="l1"), shape=(5,))
    return layers.Concatenate()([reader(one), reader(two)])


def images(one, two):
    """Convolve twice by the same kernels, before and behind an activation that is shared too."""
    first = layers.Conv2D(4, 3, padding="same")
    again, relu = layers.Conv2D(4, 3, padding="same", use_bias=False), layers.ReLU()
    backbone = tower(layers.SeparableConv2D(4, 2, activation="tanh"), layers.MaxPooling2D(2), shape=(6, 6, 4))
    each = [backbone(relu(again(relu(again(first(image)))))) for image in (one, two)]
    return layers.Concatenate()([relu(layers.Dense(5)(layers.Flatten()(image))) for image in each])


NETWORKS = [
    (towers, ROWS, lambda: optimizers.Nadam(0.003)),
    (texts, WORDS, lambda: optimizers.SGD(0.02, momentum=0.9)),
    (images, PIXELS, lambda: optimizers.Lamb(0.003, clipnorm=0.1)),
]


def compiled(hidden, inputs, optimizer):
    """Build the same network each time."""
    keras.utils.set_random_seed(5)
    given = {name: keras.Input(each.shape[1:], name=name) for name, each in zip("ab", inputs, strict=True)}
    model = keras.Model(given, layers.Dense(2)(hidden(*given.values())))
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


@pytest.mark.parametrize(("hidden", "inputs", "rule"), NETWORKS)
def test_inner_models_and_shared_layers_train_as_by_tensorflow(hidden, inputs, rule, assert_trained_alike):
    """Every variable by the sum of the gradients of all calls, and dropout with the masks of each call."""
    data = [
        ({name: np.ascontiguousarray(each[part]) for name, each in zip("ab", inputs, strict=True)}, VALUES[part])
        for part in (slice(N), slice(N, None))
    ]
    assert_trained_alike(lambda: compiled(hidden, inputs, rule()), data, 16)


def test_calls_are_those_of_all_models_in_order():
    """An inner model's inputs are no calls: what takes them takes what the model is given."""
    shared = layers.Dense(7)
    inputs = keras.Input((7,))
    inner = tower(shared, layers.Activation("relu"))
    calls = calls_of(keras.Model(inputs, inner(shared(inner(inputs)))))
    assert [type(call.operation).__name__ for call in calls.each] == [
        *("InputLayer", "Dense", "Activation"),
        *("Dense", "Dense", "Activation"),
    ]
    assert [call.takes for call in calls.each] == [(), (0,), (1,), (2,), (3,), (4,)]
    assert calls.outputs == (5,)


def masked_outside(words, _):
    """Give an inner model words with a mask."""
    return tower(layers.LSTM(4), shape=(5, 4))(layers.Embedding(9, 4, mask_zero=True)(words))


def masked_inside(words, _):
    """Take words from an inner model, which has a mask for them."""
    return layers.LSTM(4)(tower(layers.Embedding(9, 4, mask_zero=True), shape=(5,))(words))


def frozen(one, two):
    """Use an inner model that is not trained."""
    inner = tower(layers.Dense(3))
    inner.trainable = False
    return layers.Add()([inner(one), inner(two)])


def limited(one, two):
    """Share a layer whose weights are limited after each update of theirs."""
    shared = layers.Dense(3, kernel_constraint="max_norm")
    return layers.Add()([shared(one), shared(two)])


def of_several_shapes(one, _):
    """Share a layer whose outputs depend on the shape of what it is given."""
    flatten = layers.Flatten()
    return flatten(layers.Reshape((3, 2))(layers.Dense(6)(flatten(layers.Reshape((7, 1))(one)))))


class Subclassed(keras.Model):
    """A model that is no graph of calls."""

    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(3)

    def call(self, x):
        return self.hidden(x)


def tied(one, two):
    """Let two layers have one kernel, and each a bias of its own, of which one has a price."""
    first, second = layers.Dense(7), layers.Dense(7, bias_regularizer="l2")
    first.build(one.shape)
    second._kernel, second.bias = first._kernel, second.add_weight(shape=(7,), regularizer=second.bias_regularizer)
    second.built = True
    return layers.Add()([first(one), second(two)])


def tied_table(words, _):
    """Use the table of an embedding as a kernel too."""
    table = layers.Embedding(9, 4)
    seen = layers.Flatten()(table(words))
    again = layers.Dense(4, use_bias=False)
    again._kernel, again.bias, again.built = table.embeddings, None, True
    return again(layers.Dense(9)(seen))


def one_head_of_two(one, _):
    """Use one of the outputs of an inner model, which computes the other for nothing."""
    inputs = keras.Input((7,))
    hidden = layers.Dense(5)(inputs)
    return keras.Model(inputs, [layers.Dense(4)(hidden), layers.Dense(4)(hidden)])(one)[0]


OTHERS = {
    "one head of two": (one_head_of_two, ROWS),
    "no graph": (lambda one, _: Subclassed()(one), ROWS),
    "tied": (tied, ROWS),
    "tied table": (tied_table, WORDS),
    "masked outside": (masked_outside, WORDS),
    "masked inside": (masked_inside, WORDS),
    "frozen": (frozen, ROWS),
    "half precision": (lambda one, _: tower(layers.Dense(3, dtype="float16"))(one), ROWS),
    "of several shapes": (of_several_shapes, ROWS),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_inner_models_are_left_to_keras(name):
    hidden, inputs = OTHERS[name]
    assert graph_of(compiled(hidden, inputs, "adam")) is None


def test_shared_layers_whose_weights_are_limited_are_left_to_keras():
    """Their gradients are added up first, which is after the limit."""
    x = dict.fromkeys("ab", ROWS[0])
    assert plain_program(compiled(limited, ROWS, "adam"), (x, VALUES), (x, VALUES), 16) is None
