"""What happens between the products, against Keras and SciPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from keras_search.tuner.system.cpu import padded
from keras_search.tuner.training.compiled.dropout import drop_of, uniform
from keras_search.tuner.training.kernels.arithmetic import elementwise
from keras_search.tuner.training.kernels.passes import normalizing
from keras_search.tuner.training.kernels.recognition.chains import ACTIVATIONS
from keras_search.tuner.training.kernels.words import words_of

ABSOLUTE = {keras.activations.gelu: 1e-6}
"""That of the source of its formula."""
POINTS = np.concatenate([np.linspace(-12, 12, 9601), [-80, -30, 30, 80, 0.0, 1e-6, -1e-6, 1e-8]]).astype(np.float32)


def test_exp_is_exact_to_a_few_last_bits():
    """Over all of its range; below it the smallest numbers stand for zero, and what is no number stays none."""
    x = np.linspace(-87, 88, 100_001).astype(np.float32)
    given = np.array([elementwise.exp(each) for each in x[::50]])
    np.testing.assert_allclose(given, np.exp(x[::50].astype(np.float64)), rtol=3e-7)
    assert elementwise.exp(np.float32(-1000)) < 2e-38
    assert np.isnan(elementwise.exp(np.float32(np.nan)))


def test_normal_share_is_that_of_the_normal_distribution():
    """The bound is that of its source, and single precision's own."""
    given = [elementwise.normal_share(x, np.exp(-x * x / 2)) for x in POINTS[::10]]
    np.testing.assert_allclose(given, stats.norm.cdf(POINTS[::10].astype(np.float64)), atol=2e-7)


@pytest.mark.parametrize("function", ACTIVATIONS, ids=lambda function: function.__name__)
def test_activations_and_slopes_are_those_of_keras(function):
    """Everywhere, at zero as well."""
    kind, y, slope = ACTIVATIONS[function], np.empty_like(POINTS), np.ones_like(POINTS)
    elementwise.activate(kind, POINTS, y)
    elementwise.activate_back(kind, POINTS, slope)
    with tf.GradientTape() as tape:
        x = tf.constant(POINTS)
        tape.watch(x)
        expected = function(x)
    np.testing.assert_allclose(y, expected, rtol=2e-6, atol=ABSOLUTE.get(function, 1e-7))
    np.testing.assert_allclose(slope, tape.gradient(expected, x), rtol=2e-6, atol=2e-6)


def test_near_zero_no_digits_are_lost():
    """Where TensorFlow's own lose some."""
    x = np.concatenate([-np.logspace(-9, 0, 200), np.logspace(-9, 0, 200)]).astype(np.float32)
    exact, y = x.astype(np.float64), np.empty_like(x)
    elementwise.activate(elementwise.TANH, x, y)
    np.testing.assert_allclose(y, np.tanh(exact), rtol=5e-7)
    elementwise.activate(elementwise.ELU, x, y)
    np.testing.assert_allclose(y, np.where(exact < 0, np.expm1(exact), exact), rtol=5e-7)


@pytest.mark.parametrize("function", ACTIVATIONS, ids=lambda function: function.__name__)
def test_what_is_not_a_number_stays_so(function):
    """So that a training that diverges is seen to."""
    x, y = np.full(40, np.nan, np.float32), np.zeros(40, np.float32)
    elementwise.activate(ACTIVATIONS[function], x, y)
    assert np.isnan(y).all()
    slope = np.full(40, np.nan, np.float32)
    elementwise.activate_back(ACTIVATIONS[function], np.ones(40, np.float32), slope)
    assert np.isnan(slope).all()


def test_dropout_drops_what_the_compiled_epoch_drops():
    """The numbers are those of `dropout.uniform`, with which its tests show them to be even and independent."""
    rng, key = np.random.default_rng(5), np.array([12345, 4_000_000_000], np.uint32)
    rows, columns, width = 9, 20, padded(20)
    x = np.zeros((rows, width), np.float32)
    x[:, :columns] = rng.normal(size=(rows, columns))
    threshold, scale = drop_of(0.3)
    for step, words in enumerate(words_of(key, 3)):
        numbers = uniform(50 + rows * columns, tf.constant(key), tf.constant(step)).numpy()[50:].reshape(rows, columns)
        expected = np.where(numbers >= threshold, x[:, :columns] * scale, 0)
        y = x.copy()
        elementwise.drop(y.reshape(-1), columns, width, 50, words, threshold, scale)
        np.testing.assert_array_equal(y[:, :columns], expected)


def test_normalization_is_that_of_keras():
    """Outputs, running averages and gradients; and by the running averages."""
    rng, width = np.random.default_rng(1), padded(16)
    x, upstream = (rng.normal(2, 3, (30, width)).astype(np.float32) for _ in range(2))
    layer = keras.layers.BatchNormalization(momentum=0.9, epsilon=0.01)
    layer.build((None, width))
    for variable in layer.variables:
        variable.assign(rng.random(width))
    gamma, beta, mean, variance = (variable.numpy() for variable in layer.variables)
    y, centred, inverse = np.empty_like(x), np.empty_like(x), np.empty(width, np.float32)
    arrays = [array.reshape(-1) for array in (x, y, centred)]
    room = np.empty(width, np.float32), np.empty(width, np.float32)
    normalizing.normalize(*arrays, inverse, gamma, beta, mean, variance, np.float32(0.9), np.float32(0.01), *room)
    with tf.GradientTape() as tape:
        inputs = tf.constant(x)
        tape.watch(inputs)
        expected = layer(inputs, training=True)
        total = tf.reduce_sum(expected * upstream)
    by_input, by_gamma, by_beta = tape.gradient(total, [inputs, layer.gamma.value, layer.beta.value])
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(mean, layer.moving_mean, rtol=1e-5)
    np.testing.assert_allclose(variance, layer.moving_variance, rtol=1e-5)
    gradient, found = upstream.copy(), [np.empty(width, np.float32) for _ in range(2)]
    normalizing.normalize_back(gradient.reshape(-1), centred.reshape(-1), inverse, gamma, *found)
    np.testing.assert_allclose(gradient, by_input, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found[0], by_gamma, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(found[1], by_beta, rtol=1e-3, atol=1e-4)
    normalizing.normalize_by(x.reshape(-1), y.reshape(-1), gamma, beta, mean, variance, np.float32(0.01), *room)
    np.testing.assert_allclose(y, layer(x, training=False), rtol=1e-4, atol=1e-5)
