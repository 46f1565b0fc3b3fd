"""The exponential that no processor changes."""

import numpy as np

from keras_search.tuner.system.exponential import exp, power


def test_it_is_the_exponential() -> None:
    x = np.concatenate([np.linspace(-708, 709, 4001), np.linspace(-1e-9, 1e-9, 11), np.linspace(-2, 2, 4001)])
    np.testing.assert_allclose(exp(x), np.exp(x), rtol=4e-16)
    assert exp(0) == 1


def test_beyond_the_numbers_there_are() -> None:
    np.testing.assert_array_equal(exp([-np.inf, -1e9, 1e9, np.inf, np.nan]), [0, 0, np.inf, np.inf, np.nan])


def test_powers() -> None:
    bases, exponents = np.meshgrid([0, 0.01, 0.5, 0.96, 1, 3, 100], [0, 0.3, 1, 2, 150.5])
    np.testing.assert_allclose(power(bases, exponents), bases**exponents, rtol=1e-13)
