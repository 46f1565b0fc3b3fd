"""Random numbers that layers add or multiply by."""

import keras
import numpy as np
import pytest
from scipy import stats

from keras_search.tuner.system.cpu import padded
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.layout.draws import describe_noise
from keras_search.tuner.training.kernels.layout.places import Layout
from keras_search.tuner.training.kernels.passes import noising
from keras_search.tuner.training.kernels.words import words_of

layers = keras.layers
COLUMNS, N = 25, 400
WORDS = words_of(np.array([7, 9], np.uint32), 2)


def disturbed(layer, x, step=0, back=False):
    """Return x `(N, COLUMNS)` as a layer makes it in training, or its gradient."""
    record = np.zeros(1, arrays.LAYER)
    record["positions"], record["columns"], record["width"] = 1, COLUMNS, padded(COLUMNS)
    describe_noise(layer, record, Layout(N))
    rows = np.zeros((N, padded(COLUMNS)), np.float32)
    rows[:, :COLUMNS] = x
    noising.disturb(record[0], N, WORDS[step], rows.reshape(-1), back)
    assert (rows[:, COLUMNS:] == 0).all()
    return rows[:, :COLUMNS]


def test_normal_numbers_are_those_of_the_normal_distribution():
    """To the outermost."""
    drawn = np.unique(np.concatenate([np.arange(50), np.arange(0, 2**24, 40_009), 2**24 - 1 - np.arange(50)]))
    expected = stats.norm.ppf((drawn + 0.5) / 2**24)
    np.testing.assert_allclose([noising.normal(each) for each in drawn], expected, rtol=2e-4, atol=1e-6)


def test_noise_is_normal_and_new_in_every_step():
    x = np.full((N, COLUMNS), 3.0)
    added, times = (disturbed(layer, x) for layer in (layers.GaussianNoise(0.5), layers.GaussianDropout(0.2)))
    assert stats.kstest(((added - 3) / 0.5).reshape(-1), "norm").pvalue > 0.01
    assert stats.kstest((times / 3 - 1).reshape(-1) / 0.5, "norm").pvalue > 0.01
    assert abs(np.corrcoef(added.reshape(-1), disturbed(layers.GaussianNoise(0.5), x, 1).reshape(-1))[0, 1]) < 0.03
    np.testing.assert_array_equal(disturbed(layers.GaussianDropout(0.2), x, back=True), times)


def test_alpha_dropout_keeps_mean_and_variance():
    """Those of its normal inputs; the gradient is dropped where the number was."""
    x = np.random.default_rng(0).normal(size=(N, COLUMNS))
    layer = layers.AlphaDropout(0.3)
    y, gradient = disturbed(layer, x), disturbed(layer, np.ones_like(x), back=True)
    assert y.mean() == pytest.approx(0, abs=0.03)
    assert y.std() == pytest.approx(1, abs=0.03)
    assert (gradient == 0).mean() == pytest.approx(0.3, abs=0.02)
    assert np.ptp(y[gradient == 0]) == 0
    factor = gradient.max()
    np.testing.assert_allclose(y[gradient > 0], factor * x[gradient > 0] + (y - factor * x)[gradient > 0][0], atol=1e-5)
