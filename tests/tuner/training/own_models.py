"""Hypermodels and data as a user brings them; nothing in them is random but the first weights."""

import keras
import keras_tuner
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_breast_cancer, load_digits

WORDS = np.array(["good", "fine", "bad", "poor", "a", "film", "the", "story"])


def images():
    """Pixels uint8 from 0 to 255 with one-hot labels."""
    rows, label = load_digits(return_X_y=True)
    x = (rows[:200].reshape(-1, 8, 8, 1) * 15.9375).astype("uint8")
    return x, np.eye(10, dtype="float32")[label[:200]]


def rows():
    """Rows float64 of different scale, with labels float32 `(n, 1)`."""
    x, label = load_breast_cancer(return_X_y=True)
    return x[:200], label[:200, None].astype("float32")


def texts():
    """Sentences with a class each."""
    label = np.arange(200) % 2
    draw = np.random.default_rng(0)
    texts = [" ".join([*draw.choice(WORDS[4:], 3), draw.choice(WORDS[2:4] if bad else WORDS[:2])]) for bad in label]
    return np.array(texts), label


def tokens():
    """Numbers of words, and a weight for each example."""
    draw = np.random.default_rng(1)
    x, label = draw.integers(0, 500, (200, 6)), np.arange(200) % 3
    x[:, 0] = 500 + label
    return (x[:160], label[:160], draw.random(160)), (x[160:], label[160:])


def sequences():
    """Sequences float64 whose features differ in scale, and a value `(n, 1)`."""
    x = np.random.default_rng(2).normal(size=(200, 5, 3)) * [1, 500, 0.01]
    return x, x.sum(axis=1)[:, :1]


def masks():
    """Images, and a class for each pixel."""
    x = np.random.default_rng(3).random((200, 4, 4, 1))
    return x, (x[..., 0] > 0.6).astype("uint8")


class Plain(keras.Model):
    """A subclass without `build`."""

    def __init__(self):
        super().__init__()
        self.scale, self.flat = layers.Rescaling(1 / 255), layers.Flatten()
        self.hidden, self.top = layers.Dense(16, "relu"), layers.Dense(10, "softmax")

    def call(self, inputs):
        return self.top(self.hidden(self.flat(self.scale(inputs))))


def subclass(hp):
    """A subclass, by a loss of Keras with a name of its own."""
    model = Plain()
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1, name="smooth")
    model.compile(keras.optimizers.SGD(0.5), loss, metrics=["accuracy"])
    return model


class Stepping(keras.Model):
    """A model whose step takes two things apart, and reports what is no metric."""

    def train_step(self, data):
        import tensorflow as tf

        x, y = data
        with tf.GradientTape() as tape:
            said = self(x, training=True)
            loss = self.compute_loss(x, y, said)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"nats": loss, "steepness": tf.linalg.global_norm(gradients)}


def stepping(hp):
    """A step of the user's own."""
    inputs = keras.Input((8, 8, 1))
    hidden = layers.Dense(16, "relu")(layers.Flatten()(layers.Rescaling(1 / 255)(inputs)))
    model = Stepping(inputs, layers.Dense(10, "softmax")(hidden))
    model.compile(keras.optimizers.SGD(0.5), "categorical_crossentropy")
    return model


class Around(layers.Layer):
    """A layer that takes a function, which Keras cannot write down."""

    def __init__(self, make, **kwargs):
        super().__init__(**kwargs)
        self.inside = make(16)

    def call(self, inputs):
        return self.inside(inputs)


class Unwritable(keras_tuner.HyperModel):
    """A Lambda that reads `self`, a layer that takes a function, and a loss of the user's own."""

    def build(self, hp):
        self.scale = 1 / 255
        scaled = layers.Lambda(lambda x: ops.cast(x, "float32") * self.scale)
        around = Around(lambda units: layers.Dense(units, "relu"))
        model = keras.Sequential(
            [keras.Input((8, 8, 1)), scaled, layers.Flatten(), around, layers.Dense(10, "softmax")]
        )
        model.compile(keras.optimizers.SGD(2.0), self.squared, metrics=["accuracy"])
        return model

    @staticmethod
    def squared(wanted, said):
        return ops.sum(ops.square(wanted - said), axis=-1)


def logits(hp):
    """One column of logits, a loss of the user's own, and a metric that wants `(n, 1)`."""

    def from_logits(wanted, said):
        return keras.losses.binary_crossentropy(wanted, said, from_logits=True)

    scale = layers.Normalization(mean=[100.0] * 30, variance=[4e4] * 30)
    model = keras.Sequential([keras.Input((30,)), scale, layers.Dense(8, "relu"), layers.Dense(1)])
    at_zero = keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")
    model.compile(keras.optimizers.SGD(0.1), from_logits, metrics=[at_zero, keras.metrics.R2Score()])
    return model


def vectorized(hp, eagerly=False):
    """Strings into a `TextVectorization`."""
    split = layers.TextVectorization(vocabulary=list(WORDS), output_sequence_length=4)
    inside = [split, layers.Embedding(12, 4), layers.GlobalAveragePooling1D(), layers.Dense(2, "softmax")]
    model = keras.Sequential([keras.Input((), dtype="string"), *inside])
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(0.5), loss, metrics=["accuracy"], run_eagerly=eagerly)
    return model


def eager(hp):
    """The same step by step."""
    return vectorized(hp, eagerly=True)


class Fits(keras_tuner.HyperModel):
    """The same by a `fit` of the user's own."""

    def build(self, hp):
        return vectorized(hp)

    def fit(self, hp, model, *args, **kwargs):
        return model.fit(*args, **{**kwargs, "batch_size": 1000})


def embedded(hp):
    """Numbers of words into an `Embedding`."""
    inside = [layers.Embedding(503, 8), layers.Flatten(), layers.Dense(3, "softmax")]
    model = keras.Sequential([keras.Input((6,), dtype="int64"), *inside])
    metrics = {"metrics": ["accuracy"], "weighted_metrics": [keras.metrics.SparseCategoricalCrossentropy(name="nats")]}
    model.compile(keras.optimizers.SGD(5.0), "sparse_categorical_crossentropy", **metrics)
    return model


def recurrent(hp):
    """Sequences into a recurrent layer, with a metric that wants `(n, 1)`."""
    model = keras.Sequential([keras.Input((5, 3)), layers.SimpleRNN(8), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.02), keras.losses.Huber(), metrics=[keras.metrics.R2Score(), "mae"])
    return model


def segmenting(hp):
    """A class for each pixel."""
    layer = layers.Conv2D(2, 1, activation="softmax")
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(4, 1, activation="relu"), layer])
    model.compile(keras.optimizers.SGD(2.0), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
