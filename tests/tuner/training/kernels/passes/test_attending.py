"""Attention of several heads, over whole epochs against TensorFlow."""

import keras
import numpy as np
import pytest

from keras_search.tuner.training.kernels.recognition.model import graph_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers, ops, optimizers = keras.layers, keras.ops, keras.optimizers
Attention = layers.MultiHeadAttention

N, HELD, ENTRIES = 83, 47, 30
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N + HELD, 9, 7)).astype(np.float32)
Y = (X.sum(axis=(1, 2)) > 0).astype(np.int64)
WORDS = np.where(RNG.random((N + HELD, 12)) < 0.3, 0, RNG.integers(0, ENTRIES, (N + HELD, 12))).astype(np.int32)
WORDS[0] = 0
WORDS[:, 5] = np.where(np.arange(N + HELD) % 9, WORDS[:, 5], 3)


def network(hidden, shape=(9, 7), dtype="float32", rate=0.05):
    """Build the same classifier each time; the bias of keys, which has no slope, is all rounding for Adam."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input(shape, dtype=dtype)
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(hidden(inputs)))
    model.compile(optimizers.SGD(rate, 0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def halves(x):
    return (x[:N], Y[:N]), (x[N:], Y[N:])


def block(x, heads=2, key=8, drop=0.0, causal=False, **options):
    """Add a block of a Transformer to a sequence."""
    seen = Attention(heads, key, dropout=drop, **options)(x, x, use_causal_mask=causal)
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, layers.Dropout(drop)(seen)]))
    wide = layers.Dense(x.shape[-1])(layers.Dense(20, activation="relu")(x))
    return layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, wide]))


def pooled(x):
    return layers.GlobalAveragePooling1D()(x)


def plain(x):
    """Attend to all steps, with heads that fill no vector, twice."""
    return pooled(block(block(layers.Dense(12)(x), 3, 5), 2, 16, kernel_regularizer="l2"))


def dropped(x):
    """Drop shares between other dropouts, and features of the inputs themselves."""
    return pooled(block(layers.Dropout(0.1)(x), 2, 20, 0.3, value_dim=3))


def across(x):
    """Attend to another sequence, of another length, with keys of its own, to the steps so far."""
    other = layers.Dense(6)(layers.MaxPooling1D(2)(x))
    seen = Attention(2, 6, value_dim=17, output_shape=11, use_bias=False)(x, other, use_causal_mask=True)
    back = Attention(1, 33)(query=other, key=seen[:, :5], value=x[:, 1:6])
    first = Attention(2, 4, dropout=0.2)(seen[:, :1], x, key=seen, use_causal_mask=True)
    return layers.Concatenate()([pooled(seen), layers.Flatten()(back), layers.Flatten()(first)])


def shared(x):
    """Call an attention twice, once in an inner model that drops."""
    attention, inputs = Attention(2, 4, dropout=0.1), keras.Input((9, 7))
    inner = keras.Model(inputs, layers.Dropout(0.2)(attention(inputs, inputs)))
    return pooled(layers.Add()([attention(x, x), inner(inner(x))]))


SEQUENCES = {"plain": plain, "dropped": dropped, "across": across, "shared": shared}


@pytest.mark.parametrize(("name", "batch_size"), [("plain", 16), ("dropped", 82), ("across", 1), ("shared", 100)])
def test_attention_trains_as_by_tensorflow(name, batch_size, assert_trained_alike):
    """Every variable, for batches of one, with a last one of one, and of all."""
    rate = min(0.05, 0.002 * batch_size)
    assert_trained_alike(lambda: network(SEQUENCES[name], rate=rate), halves(X), batch_size)


def words(x):
    return layers.Embedding(ENTRIES, 10, mask_zero=True)(x)


def masked(x):
    """Keep words that see nothing and are not seen, and see those that have been masked once, as Keras does."""
    return pooled(block(block(words(x)), 3, 4))


def masked_and_dropped(x):
    """Give nothing where nothing is seen, in both directions and backwards."""
    return layers.Flatten()(block(layers.Dense(8)(words(x)), 2, 5, 0.2, causal=True))


def masked_beside(x):
    """Attend to words with and without a mask, by what comes before the mask is taken off and after it."""
    word, plain_word = words(x), layers.Embedding(ENTRIES, 10)(x)
    early = layers.Dense(10)(word)
    both = [Attention(2, 4)(plain_word, word, use_causal_mask=True), Attention(2, 4)(early, plain_word)]
    return layers.Concatenate()([layers.Flatten()(each) for each in (*both, Attention(1, 4)(word, early))])


def masked_through_sums(x):
    """Attend to sums: of words that all have the same mask, and of some of which an attention has taken it."""
    word = words(x)
    both = layers.Average()([layers.Dropout(0.1)(word), layers.Dense(10)(word)])
    seen = Attention(2, 4)(both, both, use_causal_mask=True)
    left = layers.Add()([both, seen])
    return layers.Concatenate()([layers.Flatten()(each) for each in (Attention(2, 4)(left, left), seen)])


def masked_by_name(x):
    """Name the query, whose mask the outputs have, after the others, which have none."""
    word, plain_word = words(x), layers.Embedding(ENTRIES, 10)(x)
    seen = Attention(2, 4)(key=plain_word, value=layers.Dense(10)(plain_word), query=word)
    return layers.Flatten()(Attention(2, 4)(seen, plain_word, use_causal_mask=True))


def masked_until_read(x):
    """Take the mask off what a layer gives on as it is, and so off what it was given."""
    word = words(x)
    given_on = layers.Activation("linear")(word)
    seen = Attention(2, 4)(given_on, given_on)
    return layers.Concatenate()([layers.Flatten()(each) for each in (Attention(2, 4)(word, word), seen)])


@pytest.mark.parametrize(
    "hidden", [masked, masked_and_dropped, masked_beside, masked_through_sums, masked_by_name, masked_until_read]
)
def test_masked_words_are_not_seen_as_by_tensorflow(hidden, assert_trained_alike):
    """Zeros anywhere, and an example with nothing else unless all is averaged."""
    given = np.where(np.arange(12) == 7, 5, WORDS).astype(np.int32) if hidden is masked else WORDS
    assert_trained_alike(lambda: network(hidden, (12,), "int32"), halves(given), 16)


def masked_in_training_alone(x):
    """Read what dropout, while the model is tested, gives on as it is to an attention, which takes off the mask."""
    dropped = layers.Dropout(0.1)(x)
    seen = Attention(2, 4)(dropped, dropped)
    return layers.Concatenate()([layers.Flatten()(each) for each in (Attention(2, 4)(x, layers.Dense(5)(seen)), seen)])


class OwnAttention(Attention):
    """Names what it takes otherwise."""

    def build(self, sequence_shape):
        super().build(sequence_shape, sequence_shape)

    def call(self, sequence):
        return super().call(sequence, sequence)

    def compute_output_shape(self, sequence_shape):
        return sequence_shape

    def compute_output_spec(self, sequence):
        return keras.KerasTensor(sequence.shape)


def scores(x):
    """Use what each step sees."""
    seen, shares = Attention(2, 4)(x, x, return_attention_scores=True)
    return layers.Concatenate()([layers.Flatten()(seen), layers.Flatten()(shares)])


OTHERS = {
    "scores": scores,
    "images": lambda x: layers.Flatten()((lambda y: Attention(2, 4)(y, y))(layers.Reshape((3, 3, 7))(x))),
    "one axis": lambda x: layers.Flatten()(
        (lambda y: Attention(2, 4, attention_axes=2)(y, y))(layers.Reshape((3, 3, 7))(x))
    ),
    "a gate": lambda x: pooled(block(x, use_gate=True)),
    "a window": lambda x: pooled(block(x, sliding_window=2)),
    "half precision": lambda x: pooled(block(x, dtype="mixed_bfloat16")),
    "a price of activity": lambda x: pooled(block(x, activity_regularizer="l2")),
    "constrained": lambda x: pooled(block(x, kernel_constraint="max_norm")),
    "frozen": lambda x: pooled(block(x, trainable=False)),
    "a matrix": lambda x: layers.Flatten()(Attention(2, 4, output_shape=(2, 3))(x, x)),
    "a given mask": lambda x: pooled(Attention(2, 4)(x, x, attention_mask=np.ones((9, 9), bool))),
    "a computed mask": lambda x: pooled(Attention(2, 4)(x, x, attention_mask=ops.greater(x[:, :, :1], 0))),
    "what is masked while it trains": lambda x: masked_in_training_alone(layers.Masking()(x)),
    "what names its query otherwise": lambda x: pooled(OwnAttention(2, 4)(sequence=layers.Masking()(x))),
    "what is learned and masked": lambda x: pooled(block(layers.Masking()(layers.Dense(7)(x)))),
    "no heads": lambda x: layers.Flatten()(layers.Attention()([x, x])),
}


@pytest.mark.parametrize("hidden", OTHERS.values(), ids=OTHERS)
def test_other_attention_is_left_to_keras(hidden):
    """What the kernels would compute otherwise, or not at all."""
    assert graph_of(network(hidden)) is None


def test_a_mask_that_no_embedding_makes_is_left_to_keras():
    """Such as that of masked words beside others."""

    def hidden(x):
        both = layers.Concatenate()([words(x), layers.Embedding(ENTRIES, 10)(x)])
        return layers.Flatten()(Attention(2, 4)(both, both))

    assert graph_of(network(hidden, (12,), "int32")) is None
