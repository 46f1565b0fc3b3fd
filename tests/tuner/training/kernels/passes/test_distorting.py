"""Random distortions of images, against those of Keras with the same random numbers."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.program import plain_program
from keras_search.tuner.training.kernels.recognition.model import graph_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers = keras.layers

KEY = np.array([2**31 + 5, 77], np.uint32)
N, SHAPE = 43, (7, 10, 3)
X = np.random.default_rng(0).random((N, *SHAPE)).astype(np.float32)
Y = np.random.default_rng(1).integers(0, 3, N)


class Given:
    """Keras' operations, with the kernels' random numbers."""

    def __init__(self, backend, drawn_down):
        self._backend, self.random, self._drawn_down = backend, self, drawn_down
        self.step = self.drawn = 0

    def __getattr__(self, name):
        return getattr(self._backend, name)

    def uniform(self, shape, minval=0.0, maxval=1.0, **_):
        """Return the next numbers of a step, one for each example."""
        low, high = np.float32(minval), np.float32(maxval)
        numbers = self._drawn_down(KEY, self.step, (self.drawn + 1) * shape[0])[-shape[0] :]
        self.drawn += 1
        return tf.reshape(tf.constant(numbers * (high - low) + low), shape)


def network(*distortions, shape=SHAPE):
    keras.utils.set_random_seed(4)
    kernel = [layers.Conv2D(5, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
    model = keras.Sequential([keras.Input(shape), *distortions, *kernel, layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def trained(model, x=X, y=Y, batch_size=N):
    """Train for an epoch in order; return the program and what it reports."""
    program = plain_program(model, (x, y), (x, y), batch_size)
    return program, program.run(model, (x, y), (x, y), np.arange(len(x), dtype=np.int32), KEY)


def distorted(model, x=X):
    """Return the images that the last distortion gives in training, `(n, height, width, channels)`."""
    program = plain_program(model, (x, Y), (x, Y), len(x))
    program._validate = lambda _: {}
    program.run(model, (x, Y), (x, Y), np.arange(len(x), dtype=np.int32), KEY)
    record = program._layers[program._layers["kind"] == arrays.DISTORTION][-1]
    rows = program._memory.values[record["after"] : record["after"] + len(x) * record["width"]]
    return rows.reshape(len(x), -1)[:, : record["columns"]].reshape(x.shape)


MOVED = [
    lambda **how: layers.RandomTranslation((-0.9, 0.5), 0.4, **how),
    lambda **how: layers.RandomRotation((-0.7, 0.9), **how),
    lambda **how: layers.RandomZoom((-0.9, 0.8), **how),
    lambda **how: layers.RandomZoom(0.5, (0.1, 0.9), **how),
]
DISTORTIONS = {
    "both": lambda: layers.RandomFlip(),
    "across": lambda: layers.RandomFlip("horizontal"),
    "down": lambda: layers.RandomFlip("vertical"),
    "contrast": lambda: layers.RandomContrast((0.4, 0.9), value_range=(0.1, 0.8)),
    "brightness": lambda: layers.RandomBrightness((-0.2, 0.5), value_range=(0, 1)),
    "cnn": lambda: layers.RandomTranslation(0.1, 0.1, fill_mode="nearest"),
    **{
        f"{number} {fill} {how}": lambda make=make, fill=fill, how=how: make(
            fill_mode=fill, interpolation=how, fill_value=0.3
        )
        for number, make in enumerate(MOVED)
        for place, fill in enumerate(("constant", "nearest", "reflect", "wrap"))
        for how in (("bilinear", "nearest")[(number + place) % 2],)
    },
}


@pytest.mark.parametrize("name", DISTORTIONS)
def test_images_are_distorted_as_by_keras(name, drawn_down):
    layer = DISTORTIONS[name]()
    ours = distorted(network(layer))
    layer.backend = Given(layer.backend, drawn_down)
    expected = layer(X, training=True).numpy()
    assert not np.allclose(expected, X, atol=0.01)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-5)


def test_networks_of_distorted_images_train_as_by_keras(drawn_down):
    """Every variable over an epoch of several steps; nothing is distorted in testing."""
    ours, theirs = (
        network(layers.RandomTranslation(0.2, 0.3), layers.RandomRotation(0.1), layers.RandomFlip()) for _ in range(2)
    )
    _, logs = trained(ours, batch_size=16)
    theirs.run_eagerly = True
    given = [Given(layer.backend, drawn_down) for layer in theirs.layers[:3]]
    for layer, backend in zip(theirs.layers, given, strict=False):
        layer.backend = backend
    for step, start in enumerate(range(0, N, 16)):
        for backend, before in zip(given, (0, 2, 3), strict=True):
            backend.step, backend.drawn = step, before
        theirs.train_on_batch(X[start : start + 16], Y[start : start + 16])
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
    measured = theirs.evaluate(X, Y, verbose=0, return_dict=True)
    assert {name: logs[f"val_{name}"] for name in measured} == pytest.approx(measured, rel=1e-4)


def test_what_an_image_gets_does_not_depend_on_others_or_on_the_step(drawn_down):
    """The numbers are distributed as those of Keras, and none is like that of its neighbour."""
    steps, n = 20, 500
    numbers = np.stack([drawn_down(KEY, step, 2 * n) for step in range(steps)])
    drawn = keras.random.uniform((steps * 2 * n,), seed=3).numpy()
    assert stats.ks_2samp(numbers.ravel(), drawn).pvalue > 0.001
    pairs = [(numbers[:, 1:], numbers[:, :-1]), (numbers[1:], numbers[:-1]), (numbers[:, :n], numbers[:, n:])]
    for one, other in pairs:
        assert stats.pearsonr(one.ravel(), other.ravel()).pvalue > 0.001


def behind(*hidden):
    """Take images through layers to a number."""
    model = keras.Sequential([keras.Input(SHAPE), *hidden, layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


OTHERS = {
    "learned": lambda: behind(layers.Conv2D(3, 1), layers.RandomFlip()),
    "normalized": lambda: behind(layers.BatchNormalization(), layers.Dropout(0.1), layers.RandomRotation(0.1)),
    "channels first": lambda: behind(layers.RandomFlip(data_format="channels_first")),
    "endless": lambda: behind(layers.RandomZoom(0.1, fill_mode="constant", fill_value=np.inf)),
    "half precision": lambda: behind(layers.RandomZoom(0.1, dtype="mixed_bfloat16")),
    "others": lambda: behind(layers.RandomShear(0.1)),
    "own": lambda: behind(type("RandomFlip", (layers.RandomFlip,), {})()),
}


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_other_distortions_are_left_to_keras(make):
    assert graph_of(make()) is None


def test_distortions_before_and_behind_layers_without_parameters_are_known():
    """Of whole images, of channels in rows, and of two inputs' sum."""
    inputs = keras.Input((7, 10))
    x = layers.RandomFlip()(layers.Reshape((7, 10, 1))(layers.Rescaling(0.5)(inputs)))
    x = layers.RandomRotation(0.1)(layers.MaxPooling2D(2, 1, padding="same")(layers.Dropout(0.1)(x)))
    x = layers.Add()([layers.RandomZoom(0.1)(x), layers.RandomContrast(0.1)(x)])
    model = keras.Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3)(x))))
    model.compile("adam", "mse")
    _, logs = trained(model, X[..., 0].copy(), Y, 16)
    assert logs["val_loss"] == pytest.approx(model.evaluate(X[..., 0], Y, verbose=0), rel=1e-4)
