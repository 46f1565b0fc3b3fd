"""Hypermodels on sequences, words and series."""

import keras
from data import review_texts
from keras import layers, ops

CROSS_ENTROPY = "sparse_categorical_crossentropy"


def lstm(hp):
    """An LSTM on sequences whose features differ in scale."""
    inside = [layers.BatchNormalization(momentum=0.8), layers.LSTM(12), layers.Dense(2, "softmax")]
    return _compiled(keras.Sequential([keras.Input((20, 3)), *inside]))


def bidirectional(hp):
    """An LSTM from both sides with dropout inside."""
    inside = [layers.Bidirectional(layers.LSTM(12, dropout=0.1)), layers.Dense(3, "softmax")]
    return _compiled(keras.Sequential([keras.Input((24, 1)), *inside]))


def stacked(hp):
    """A GRU over a simple RNN."""
    inside = [layers.SimpleRNN(12, return_sequences=True), layers.GRU(12), layers.Dense(3, "softmax")]
    return _compiled(keras.Sequential([keras.Input((24, 1)), *inside]))


def own_cell(hp):
    """A recurrent layer with a cell of the user's own."""
    return _compiled(keras.Sequential([keras.Input((24, 1)), layers.RNN(Cell(16)), layers.Dense(3, "softmax")]))


class Cell(layers.Layer):
    """Mix the state with what comes in, by a gate."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units, self.state_size = units, units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1] + self.units, 2 * self.units), name="kernel")
        self.bias = self.add_weight(shape=(2 * self.units,), initializer="zeros", name="bias")

    def call(self, inputs, states):
        gate, new = ops.split(ops.concatenate([inputs, states[0]], axis=-1) @ self.kernel + self.bias, 2, axis=-1)
        gate = ops.sigmoid(gate)
        state = gate * states[0] + (1 - gate) * ops.tanh(new)
        return state, [state]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def masked(hp):
    """A GRU on words, past the padding."""
    inside = [layers.Embedding(1000, 12, mask_zero=True), layers.GRU(12), layers.Dense(3, "softmax")]
    return _compiled(keras.Sequential([keras.Input((16,), dtype="int32"), *inside]), 0.02)


def pooled(hp):
    """The mean of the words' embeddings."""
    inside = [layers.Embedding(1000, 12), layers.GlobalAveragePooling1D(), layers.Dense(3, "softmax")]
    return _compiled(keras.Sequential([keras.Input((16,), dtype="int32"), *inside]), 0.02)


class Placed(layers.Layer):
    """Embed words and their places."""

    def __init__(self, words, length, width, **kwargs):
        super().__init__(**kwargs)
        self.words, self.places = layers.Embedding(words, width), layers.Embedding(length, width)

    def call(self, tokens):
        return self.words(tokens) + self.places(ops.arange(ops.shape(tokens)[-1]))


class Transformer(layers.Layer):
    """Attention and a dense part, each added to what went in."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.attention = layers.MultiHeadAttention(2, width // 2)
        self.dense = keras.Sequential([layers.Dense(2 * width, "relu"), layers.Dense(width)])
        self.first, self.second, self.drop = (
            layers.LayerNormalization(),
            layers.LayerNormalization(),
            layers.Dropout(0.1),
        )

    def call(self, inputs, training=False):
        seen = self.first(inputs + self.drop(self.attention(inputs, inputs), training=training))
        return self.second(seen + self.drop(self.dense(seen), training=training))


def transformer(hp):
    """A transformer's encoder on words, by layers of the user's own without `build`."""
    inputs = keras.Input((16,), dtype="int32")
    x = Transformer(16)(Placed(1000, 16, 16)(inputs))
    outputs = layers.Dense(3, "softmax")(layers.Dropout(0.1)(layers.GlobalAveragePooling1D()(x)))
    return _compiled(keras.Model(inputs, outputs), 0.003)


def tagger(hp):
    """A class for each word of a sentence."""
    inside = [layers.Embedding(30, 12), layers.Bidirectional(layers.GRU(12, return_sequences=True))]
    return _compiled(keras.Sequential([keras.Input((12,), dtype="int32"), *inside, layers.Dense(2, "softmax")]), 0.02)


def strings(hp):
    """Text as it is, into a `TextVectorization` that has adapted in `build`."""
    split = layers.TextVectorization(max_tokens=200, output_sequence_length=12)
    split.adapt(review_texts())
    inside = [split, layers.Embedding(200, 8), layers.GlobalAveragePooling1D(), layers.Dense(8, "relu")]
    model = keras.Sequential([keras.Input((), dtype="string"), *inside, layers.Dense(1, "sigmoid")])
    return _compiled(model, 0.02, "binary_crossentropy")


def word_counts(hp):
    """Text as it is, by the weight of its words."""
    split = layers.TextVectorization(max_tokens=60, output_mode="tf_idf", ngrams=2)
    split.adapt(review_texts())
    model = keras.Sequential([keras.Input((1,), dtype="string"), split, layers.Dense(2, "softmax")])
    return _compiled(model, 0.02)


def forecast(hp):
    """The next values of a series at once, by an LSTM."""
    return _values(keras.Sequential([keras.Input((24, 1)), layers.LSTM(24), layers.Dense(4)]))


def one_after_the_other(hp):
    """The next values of a series, one after the other, by an encoder and a decoder."""
    inputs = keras.Input((24, 1))
    seen, *state = layers.LSTM(24, return_state=True)(inputs)
    said = layers.LSTM(24, return_sequences=True)(layers.RepeatVector(4)(seen), initial_state=state)
    return _values(keras.Model(inputs, layers.Reshape((4,))(layers.TimeDistributed(layers.Dense(1))(said))))


def _values(model):
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return model


def _compiled(model, rate=0.01, loss=CROSS_ENTROPY):
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return model
