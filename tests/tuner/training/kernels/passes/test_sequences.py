"""Recurrent layers and embeddings, over whole epochs against TensorFlow."""

import keras
import numpy as np
import pytest

from keras_search.tuner.training.kernels.program import plain_program
from keras_search.tuner.training.kernels.recognition.model import graph_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers, optimizers, regularizers = keras.layers, keras.optimizers, keras.regularizers

N, HELD, ENTRIES = 83, 47, 50
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N + HELD, 9, 7)).astype(np.float32)
Y = (X.sum(axis=(1, 2)) > 0).astype(np.int64)
IDS = RNG.integers(0, ENTRIES, (N + HELD, 12)).astype(np.int32)
IDS[:, :4] %= 3
WORDS = (IDS.sum(axis=1) > 200).astype(np.int64)


def network(hidden, optimizer="adam", shape=(9, 7), dtype="float32"):
    """Build the same classifier each time."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input(shape, dtype=dtype), *hidden(), layers.Dense(2, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def halves(x, y):
    return (x[:N], y[:N]), (x[N:], y[N:])


def stacked():
    """Give all states to the next layer, with what may stand between."""
    first = layers.LSTM(19, return_sequences=True, kernel_regularizer="l2")
    return [first, layers.Dropout(0.2), layers.Dense(6, activation="relu"), layers.LSTM(8, unit_forget_bias=False)]


def backwards():
    """Go from the last step to the first, with the states in that order; then back again, without a bias."""
    first = layers.SimpleRNN(16, return_sequences=True, go_backwards=True)
    return [layers.LayerNormalization(), first, layers.GRU(5, use_bias=False, go_backwards=True)]


def both_ways():
    """Join the states of both directions by step, the last ones too, or add them up."""
    first = layers.Bidirectional(layers.LSTM(5, return_sequences=True))
    other = layers.GRU(9, return_sequences=True, go_backwards=True)
    second = layers.Bidirectional(layers.SimpleRNN(9, return_sequences=True), "sum", backward_layer=other)
    return [first, second, layers.Bidirectional(layers.GRU(3))]


def regularized():
    """Give recurrent kernels and both rows of the biases a price."""
    first = layers.GRU(20, return_sequences=True, recurrent_regularizer="l2", bias_regularizer=regularizers.L2(0.1))
    return [first, layers.SimpleRNN(5, recurrent_regularizer=regularizers.L1(0.001), unroll=True)]


NETWORKS = {
    "stacked": (stacked, lambda: optimizers.Nadam(0.003), (9, 7), 32),
    "backwards": (backwards, lambda: optimizers.RMSprop(0.003), (9, 7), 1),
    "both ways": (both_ways, lambda: optimizers.Adam(0.003), (9, 7), 20),
    "regularized": (regularized, lambda: optimizers.SGD(0.05, momentum=0.9), (3, 21), 16),
    "one step": (
        lambda: [layers.Reshape((1, 63)), layers.GRU(33), layers.Dense(3)],
        *(lambda: optimizers.AdamW(clipnorm=0.02), (9, 7), 100),
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_recurrent_layers_train_as_by_tensorflow(name, assert_trained_alike):
    """Every variable, for sizes that fill no vector, batches of one, batches that hold all, and one step."""
    hidden, optimizer, shape, batch_size = NETWORKS[name]
    data = halves(X.reshape(-1, *shape), np.repeat(Y, 63 // np.prod(shape))[: len(X)])
    assert_trained_alike(lambda: network(hidden, optimizer(), shape), data, batch_size)


EMBEDDINGS = {
    "adam": lambda: optimizers.Adam(0.01),
    "decaying adam": lambda: optimizers.AdamW(0.01, weight_decay=0.1),
    "nadam": lambda: optimizers.Nadam(0.01),
    "rmsprop": lambda: optimizers.RMSprop(0.01),
    "rmsprop with momentum": lambda: optimizers.RMSprop(0.01, momentum=0.5),
    "sgd": lambda: optimizers.SGD(0.1),
    "sgd with momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
}


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_embeddings_train_as_by_tensorflow(name, assert_trained_alike):
    """Entries that a batch holds several times, once, or not at all, by every rule."""

    def hidden():
        return [layers.Embedding(ENTRIES, 5), layers.Flatten()]

    assert_trained_alike(lambda: network(hidden, EMBEDDINGS[name](), (12,)), halves(IDS, WORDS), 7)


def test_words_before_recurrent_layers_train_as_by_tensorflow(assert_trained_alike):
    def hidden():
        steps = layers.GRU(6, return_sequences=True)
        return [layers.Embedding(ENTRIES, 20), steps, layers.GlobalAveragePooling1D()]

    assert_trained_alike(lambda: network(hidden, "adam", (12,), "int32"), halves(IDS, WORDS), 16)


def skipped(x):
    """Pass masks on through layers of all kinds, to the last states."""
    x = layers.LSTM(9, return_sequences=True)(layers.Dropout(0.2)(masked(x, ENTRIES)))
    x = layers.SimpleRNN(5, return_sequences=True, go_backwards=True, zero_output_for_mask=True)(x)
    return layers.GRU(4)(layers.Dense(6, "relu")(x))


def averaged(x):
    """Average what is not masked, behind recurrent layers and directly, and flatten all of it."""
    words = layers.LayerNormalization()(masked(x, ENTRIES))
    both = layers.Bidirectional(layers.LSTM(4, return_sequences=True), "sum")(words)
    ends = [layers.GlobalAveragePooling1D()(each) for each in (words, both)]
    return layers.Concatenate()([*ends, layers.Flatten()(both), layers.GlobalMaxPooling1D()(words)])


@pytest.mark.parametrize("hidden", [skipped, averaged])
def test_masked_words_are_skipped_as_by_tensorflow(hidden, assert_trained_alike):
    """Zeros at the beginning, within and at the end, and an example with nothing else unless all is averaged."""
    words = np.where(RNG.random(IDS.shape) < 0.4, 0, IDS).astype(np.int32)
    words[:, 7] = 5
    words[3] = 0 if hidden is skipped else 1

    def make():
        keras.utils.set_random_seed(3)
        model = functional(hidden, (12,), dtype="int32")
        model.compile(optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    assert_trained_alike(make, halves(words, WORDS), 16)


def masked_steps(x):
    """Skip steps in layers with and without states, in both directions, on average, and in an attention."""
    x = layers.Masking(1.0)(layers.Reshape((9, 7))(x[:, ::-1]))
    both = layers.Bidirectional(layers.GRU(4, return_sequences=True))(layers.Dropout(0.1)(x))
    states = layers.LSTM(5, return_sequences=True)(layers.Dense(6, activation="tanh")(x))
    seen = layers.MultiHeadAttention(2, 4)(x, x)
    ends = [layers.SimpleRNN(4)(both), layers.GlobalAveragePooling1D()(states), layers.Flatten()(seen)]
    return layers.Concatenate()(ends)


def masked_within(x):
    """Mask the steps of what an inner model takes, twice, and leave their mask in the outer one."""
    inputs = keras.Input((9, 7))
    inner = keras.Model(inputs, layers.GRU(4)(layers.Masking()(inputs)))
    return layers.Concatenate()([inner(x), inner(x[:, ::-1]), layers.Flatten()(layers.Masking()(x))])


@pytest.mark.parametrize("hidden", [masked_steps, masked_within])
def test_masked_steps_are_skipped_as_by_tensorflow(hidden, assert_trained_alike):
    """Numbers that mask all of a step, or some of it, anywhere; by SGD, as the bias of keys has no slope for Adam."""
    number = 1.0 if hidden is masked_steps else 0.0
    x = np.where(RNG.random((*X.shape[:2], 1)) < 0.4, number, X).astype(np.float32)
    x[:, 4], x[::3, 5, :4] = X[:, 4], number

    def make():
        keras.utils.set_random_seed(3)
        model = functional(hidden)
        model.compile(optimizers.SGD(0.05, 0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    assert_trained_alike(make, halves(x, Y), 16)


def repeated():
    """Use the states of a layer in the next one."""
    x = keras.Input((9, 7))
    states, last = layers.GRU(4, return_sequences=True, return_state=True)(x)
    return keras.Model(x, layers.Dense(2, activation="softmax")(layers.GRU(4)(states, initial_state=last)))


def functional(hidden, shape=(9, 7), **options):
    x = keras.Input(shape, **options)
    return keras.Model(x, layers.Dense(2, activation="softmax")(hidden(x)))


def two_inputs(hidden):
    """Let an embedding and a dense layer take the same whole numbers."""
    x = keras.Input((12,), dtype="int32")
    both = layers.Concatenate()([layers.Flatten()(layers.Embedding(ENTRIES, 3)(x)), hidden(x)])
    return keras.Model(x, layers.Dense(2, activation="softmax")(both))


def masked(x, entries=9):
    return layers.Embedding(entries, 4, mask_zero=True)(x)


def summed(x, y):
    """Add words of two inputs, whose masks differ."""
    return layers.Add()([masked(x), masked(y)])


def normalized(x):
    """Let a normalization leave out what is masked."""
    return layers.BatchNormalization()(masked(x))


OTHERS = {
    "dropout of gates": lambda: functional(layers.GRU(4, dropout=0.2, implementation=1)),
    "dropout of all": lambda: functional(layers.GRU(4, dropout=1.0)),
    "recurrent dropout of all": lambda: functional(layers.LSTM(4, recurrent_dropout=1.0)),
    "reset before": lambda: functional(layers.GRU(4, reset_after=False)),
    "relu": lambda: functional(layers.SimpleRNN(4, activation="relu")),
    "hard gates": lambda: functional(layers.LSTM(4, recurrent_activation="hard_sigmoid")),
    "states": repeated,
    "constrained": lambda: functional(layers.LSTM(4, recurrent_constraint="max_norm")),
    "multiplied": lambda: functional(layers.Bidirectional(layers.GRU(4), merge_mode="mul")),
    "both ways with dropout of all": lambda: functional(layers.Bidirectional(layers.GRU(4, recurrent_dropout=1.0))),
    "another cell": lambda: functional(layers.RNN(layers.GRUCell(4))),
    "masked by what is learned": lambda: functional(lambda x: layers.GRU(4)(layers.Masking()(layers.Dense(3)(x)))),
    "masked by no number": lambda: functional(lambda x: layers.GRU(4)(layers.Masking(np.inf)(x))),
    "half precision": lambda: functional(layers.GRU(4, dtype="mixed_bfloat16")),
    "any length": lambda: functional(layers.GRU(4), (None, 7)),
    "frozen": lambda: functional(layers.GRU(4, trainable=False)),
    "masked average of sums": lambda: keras.Model(
        given := [keras.Input((5,)), keras.Input((5,))],
        layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling1D()(summed(*given))),
    ),
    "masked by what is rounded": lambda: functional(
        lambda x: layers.GRU(4)(layers.Masking(1.0)(layers.Activation("tanh")(x)))
    ),
    "masked by no single-precision number": lambda: functional(lambda x: layers.GRU(4)(layers.Masking(10**40)(x))),
    **{
        f"masked {combine.__name__}": lambda combine=combine: functional(
            lambda x: layers.Flatten()(combine()([masked(x), layers.Embedding(9, 4)(x)])), (5,)
        )
        for combine in (layers.Multiply, layers.Maximum, layers.Minimum)
    },
    "masked columns": lambda: functional(lambda x: layers.GRU(4)(normalized(x)), (5,)),
    "blank last step": lambda: functional(
        lambda x: layers.GRU(4, zero_output_for_mask=True)(masked(x)),
        (5,),
    ),
    "regularized words": lambda: functional(
        lambda x: layers.Flatten()(layers.Embedding(9, 4, embeddings_regularizer="l2")(x)), (5,)
    ),
    "computed words": lambda: functional(
        lambda x: layers.Flatten()(layers.Embedding(9, 4)(layers.Rescaling(0.5)(x))), (5,)
    ),
    "words of words": lambda: functional(lambda x: layers.Flatten()(layers.Embedding(9, 4)(x)), (5, 2)),
    "whole numbers": lambda: functional(layers.Dense(4), (5,), dtype="int32"),
    "whole numbers and words": lambda: two_inputs(layers.Dense(4)),
}


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_other_layers_of_sequences_are_left_to_keras(make):
    """What the kernels would compute otherwise, or not at all."""
    model = make()
    model.compile("adam", "sparse_categorical_crossentropy")
    assert graph_of(model) is None


GIVEN = {
    "as they are": (IDS, True),
    "long": (IDS.astype(np.int64), True),
    "short": (IDS.astype(np.uint8), True),
    "single precision": (IDS.astype(np.float32), True),
    "fractions": (IDS + np.float32(0.5), False),
    "too high": (IDS + 1, False),
    "negative": (IDS - 1, False),
    "not a number": (np.where(IDS == 3, np.nan, IDS).astype(np.float32), False),
    "truths": (IDS > 9, False),
    "too few": (IDS[:, :5], False),
}


@pytest.mark.parametrize("name", GIVEN)
def test_words_are_whole_numbers_of_entries(name):
    """Others are left to Keras, which cuts, wraps or refuses them, to train or to validate."""
    given, known = GIVEN[name]
    model = network(lambda: [layers.Embedding(ENTRIES, 4), layers.Flatten()], shape=(12,))
    plain, data = (IDS, WORDS), (given, WORDS)
    assert (plain_program(model, data, plain, 16) is not None) is known
    assert (plain_program(model, plain, data, 16) is not None) is known
