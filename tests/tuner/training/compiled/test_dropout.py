"""The hashed masks: rates, and independence across units, examples, layers, steps and seeds."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_search.tuner.training.compiled.dropout import (
    Drop,
    drawn_before,
    drawn_when_needed,
    drop_of,
    dropout_calls,
    drops_of,
    hashed_dropout,
    hashed_layers,
    keep_mask,
    masks_of,
    uniform,
)

SHAPE = (64, 256)


def mask(rate=0.5, key=(1, 2), step=0, call=0):
    numbers = uniform(SHAPE[0] * SHAPE[1], tf.constant(key, tf.uint32), step, call)
    return keep_mask(tf.reshape(numbers, SHAPE), drop_of(rate)).numpy()


def correlation(one, two):
    """Correlate two 0/1 arrays; its standard deviation is 1/sqrt(size) where they are independent."""
    return np.corrcoef(one.ravel(), two.ravel())[0, 1] * np.sqrt(one.size)


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5, 0.8])
def test_rate(rate):
    """The share of dropped elements over 50 steps is within four standard errors of the rate."""
    dropped = 1 - np.mean([mask(rate, step=step) for step in range(50)])
    assert abs(dropped - rate) < 4 * np.sqrt(rate * (1 - rate) / (50 * SHAPE[0] * SHAPE[1]))


def test_every_unit_and_every_example_has_the_rate():
    """Chi-square of the units' and the examples' counts over 100 steps is that of independent draws."""
    masks = np.array([mask(0.3, step=step) for step in range(100)])
    for axes in ((0, 1), (0, 2)):
        counts = masks.sum(axis=axes)
        n = masks.size / counts.size
        chi_square = np.sum((counts - 0.7 * n) ** 2 / (n * 0.7 * 0.3))
        assert abs(chi_square - counts.size) < 5 * np.sqrt(2 * counts.size)


@pytest.mark.parametrize(
    "other",
    [{"step": 1}, {"step": 2}, {"call": 1}, {"call": 2}, {"key": (2, 2)}, {"key": (1, 3)}, {"key": (0, 2)}],
    ids=str,
)
def test_masks_are_independent(other):
    """Neighbouring steps, layers and seeds draw uncorrelated masks, shifted against each other as well."""
    one, two = mask(), mask(**other)
    for shift in (0, 1, 2, 31, 256):
        assert abs(correlation(one, np.roll(two, shift))) < 5


@pytest.mark.parametrize("shift", [1, 2, 3, 16, 255, 256, 257, 512])
def test_neighbouring_elements_are_independent(shift):
    """Within a mask, an element says nothing of the next one, nor of the same unit in the next example."""
    one = mask().ravel()
    assert abs(correlation(one[:-shift], one[shift:])) < 5


def test_steps_differ_as_often_as_chance_says():
    """Pairs of 40 masks agree on half of their elements, none more than chance allows."""
    masks = [mask(step=step).ravel() for step in range(40)]
    scores = [correlation(masks[i], masks[j]) for i in range(40) for j in range(i)]
    assert abs(np.mean(scores)) < 0.2
    assert np.std(scores) == pytest.approx(1, abs=0.15)
    assert np.max(np.abs(scores)) < 5


def test_the_layers_are_ordinary_again_afterwards():
    """The hashed mask scales what it keeps, and only while the context is open."""
    inputs = keras.Input((8,))
    outputs = keras.layers.Dropout(0.0)(keras.layers.Dropout(0.25)(inputs))
    model = keras.Model(inputs, outputs)
    assert drops_of(model) == [Drop(2**22, np.float32(1 / 0.75))]
    layer = hashed_layers(model)[0]
    with hashed_dropout(model, drops_of(model), drawn_when_needed(tf.constant([1, 2], tf.uint32), 0)):
        first, second = (model(np.ones((4, 8)), training=True).numpy() for _ in range(2))
        quiet = model(np.ones((4, 8)), training=False).numpy()
    assert set(np.unique(first)) == {np.float32(0), np.float32(1 / 0.75)}
    assert not np.array_equal(first, second)
    assert np.all(quiet == 1)
    assert "call" not in vars(layer)


def test_the_calls_of_a_step_share_no_number():
    """The masks of a step are parts of one draw, each with the rate of its layer, handed out one a call."""
    key, drops = tf.constant([1, 2], tf.uint32), [drop_of(0.2), drop_of(0.7)]
    masks = masks_of([(1, 3), (0, 4), (1, 2)], 2, drops, key, 5)
    numbers = uniform(18, key, 5).numpy()
    expected = numbers >= np.int32(np.repeat(np.float32([0.7, 0.2, 0.7]), [6, 8, 4]) * 2.0**24)
    np.testing.assert_array_equal(np.concatenate(masks), expected)
    draw = drawn_before(masks)
    np.testing.assert_array_equal(draw(tf.zeros((2, 3)), drops[1]), expected[:6].reshape(2, 3))
    np.testing.assert_array_equal(draw(tf.zeros((2, 4)), drops[0]), expected[6:14].reshape(2, 4))


def _twice():
    """Make a model that calls one dropout layer twice."""
    inputs, drop = keras.Input((8,)), keras.layers.Dropout(0.5)
    return keras.Model(inputs, drop(keras.layers.Dense(3)(drop(inputs))))


class _Own(keras.Model):
    """Call a layer in code of its own."""

    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)

    def call(self, inputs):
        return self.drop(inputs)


@pytest.mark.parametrize(
    ("model", "calls"),
    [
        (lambda: keras.Sequential([keras.Input((8, 2)), keras.layers.Dropout(0.5)]), [(0, 16)]),
        (lambda: keras.Sequential([keras.Input((8,)), keras.layers.Dropout(0.0)]), []),
        (_twice, [(0, 8), (0, 3)]),
        (_Own, None),
        (lambda: keras.Sequential([keras.Input((8,)), _twice()]), None),
        (lambda: keras.Sequential([keras.Input((None, 2)), keras.layers.Dropout(0.5)]), None),
    ],
    ids=["sequential", "nothing dropped", "called twice", "own code", "nested", "any length"],
)
def test_the_calls_of_a_step_are_listed_where_the_graph_tells(model, calls):
    """Otherwise each call draws for itself."""
    assert dropout_calls(model()) == calls
