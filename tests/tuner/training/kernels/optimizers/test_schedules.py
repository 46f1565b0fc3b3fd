"""The learning rates of schedules against Keras's own, step by step."""

import keras
import numpy as np
import pytest

from keras_search.tuner.training.kernels.optimizers.schedules import rates_of

schedules = keras.optimizers.schedules
KNOWN = {
    "exponential": schedules.ExponentialDecay(0.1, 7, 0.7),
    "exponential stairs": schedules.ExponentialDecay(0.1, 7, 0.7, staircase=True),
    "inverse": schedules.InverseTimeDecay(0.1, 5, 0.5),
    "inverse stairs": schedules.InverseTimeDecay(0.1, 5, 0.5, staircase=True),
    "polynomial": schedules.PolynomialDecay(0.1, 30, 0.01, power=0.5),
    "line": schedules.PolynomialDecay(0.1, 30),
    "pieces": schedules.PiecewiseConstantDecay([3, 10, 11], [0.5, 0.2, 0.1, 0.01]),
    "cosine": schedules.CosineDecay(0.1, 30, alpha=0.1),
    "restarts": schedules.CosineDecayRestarts(0.1, 10, t_mul=1.0, m_mul=0.8, alpha=0.1),
    "longer restarts": schedules.CosineDecayRestarts(0.1, 4),
    "warming up": schedules.CosineDecay(0.02, 20, alpha=0.1, warmup_target=0.1, warmup_steps=9),
    "warming up at once": schedules.CosineDecay(0.1, 20, warmup_target=0.2),
}


@pytest.mark.parametrize("name", KNOWN)
def test_rates_are_those_of_keras(name):
    """At the ends of pieces, beyond the last step, and far beyond it."""
    steps = np.array([*range(13), 19, 20, 21, 28, 29, 30, 31, 40, 5000])
    expected = [float(KNOWN[name](int(step))) for step in steps]
    np.testing.assert_allclose(rates_of(KNOWN[name], steps), expected, rtol=2e-6, atol=1e-9)


def test_other_schedules_have_no_formula():
    assert rates_of(schedules.PolynomialDecay(0.1, 10, cycle=True), np.arange(3)) is None
