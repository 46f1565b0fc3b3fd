"""The logarithm that no processor changes."""

import numpy as np

from keras_search.tuner.system.logarithm import log


def test_it_is_the_logarithm() -> None:
    x = np.concatenate([np.logspace(-300, 300, 2001), 1 + np.linspace(-0.5, 1, 2001), [5e-324, 1, 1 + 2**-52]])
    np.testing.assert_allclose(log(x), np.log(x), rtol=1e-15, atol=2e-16)
    assert log(1) == 0


def test_what_has_none_has_that_of_numpy() -> None:
    np.testing.assert_array_equal(log([0, -1, np.inf, np.nan]), [-np.inf, np.nan, np.inf, np.nan])
