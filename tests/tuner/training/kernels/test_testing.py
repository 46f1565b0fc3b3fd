"""Tests of networks by the kernels against those by TensorFlow."""

from typing import Any

import keras
import numpy as np
import pytest

from keras_search.models.problem import Target
from keras_search.tuner.training.engine import measured_by_kernels, predict
from keras_search.tuner.training.outputs import compared, evaluated, with_probabilities

layers, losses = keras.layers, keras.losses
TWO, SIX = Target("", ("no", "yes")), Target("", tuple("abcdef"))
N = 300


def _model(columns: int, activation: str | None, loss: Any, **kwargs: Any) -> keras.Model:
    keras.utils.set_random_seed(3)
    hidden = [layers.Dense(40, "gelu"), layers.BatchNormalization(), layers.Dropout(0.5)]
    end = layers.Dense(columns, activation, kernel_regularizer="l2")
    model = keras.Sequential([keras.Input((7, 3)), layers.Flatten(), *hidden, end])
    model.compile("adam", loss, **kwargs)
    return model


CASES = {
    "softmax": (6, "softmax", "sparse_categorical_crossentropy", SIX),
    "logits": (6, None, losses.SparseCategoricalCrossentropy(from_logits=True), SIX),
    "sigmoid": (1, "sigmoid", "binary_crossentropy", TWO),
    "logit": (1, None, losses.BinaryCrossentropy(from_logits=True), TWO),
    "sigmoid by squares": (1, "sigmoid", "mse", TWO),
    "values": (3, None, "mae", Target("", width=3)),
}


@pytest.mark.parametrize("case", CASES)
def test_what_the_kernels_test_is_what_tensorflow_tests(case: str) -> None:
    columns, activation, loss, target = CASES[case]
    rng = np.random.default_rng(1)
    x = rng.normal(size=(N, 7, 3)).astype(np.float32)
    y = rng.integers(0, target.classes, N) if target.classifies else rng.normal(size=(N, 3)).astype(np.float32)
    model = _model(columns, activation, loss, metrics=["accuracy" if target.classifies else "mse"])
    found = measured_by_kernels(model, (x, y), target)
    assert found is not None
    whole = with_probabilities(model, (target,))
    expected = compared(whole, predict(whole, x), (target,))
    assert found[1].dtype == expected.dtype
    np.testing.assert_allclose(found[1], expected, rtol=1e-5, atol=1e-6)
    assert found[0] == pytest.approx(evaluated(model, (x, y), 32), rel=1e-5)


def test_what_the_kernels_do_not_know_they_do_not_test() -> None:
    """A custom loss, inputs that are not a number, and logits that nothing turns into probabilities."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(N, 7, 3)).astype(np.float32), rng.integers(0, 2, (N, 6)).astype(np.float32)
    unknown = _model(6, "softmax", lambda y, p: keras.ops.mean(keras.ops.square(y - p)))
    assert measured_by_kernels(unknown, (x, y), SIX) is None
    several = _model(6, None, losses.BinaryCrossentropy(from_logits=True))
    assert measured_by_kernels(several, (x, y), SIX) is None
    holed = x.copy()
    holed[3, 2, 1] = np.nan
    assert measured_by_kernels(_model(6, None, "mse"), (holed, y), Target("", width=6)) is None
