"""Labels and probabilities by the compiled loss and the shape of the outputs."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from keras_search.tuner.outputs import classifies, measured, takes_one_hot, with_probabilities

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def model(loss: object, width: int = 3) -> keras.Model:
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(width)])
    network.compile("sgd", loss)
    return network


@pytest.mark.parametrize(
    ("loss", "one_hot"),
    [
        ("sparse_categorical_crossentropy", False),
        ("categorical_crossentropy", True),
        (keras.losses.CategoricalFocalCrossentropy(), True),
        ("mse", True),
        (keras.losses.KLDivergence(), True),
        (lambda y, outputs: keras.ops.mean(outputs) + 0 * keras.ops.mean(y), False),
    ],
)
def test_labels_follow_the_loss(loss: object, one_hot: bool) -> None:
    assert takes_one_hot(model(loss), 3) is one_hot


def test_a_regression_of_one_number_takes_the_number() -> None:
    assert not takes_one_hot(model("mse", width=1), 3)


def test_outputs_that_say_something_of_each_class_classify() -> None:
    assert classifies((5, 3), 3)
    assert classifies((5, 1), 2)
    assert not classifies((5, 1), 3)
    assert not classifies((5, 4, 3), 3)


@pytest.mark.parametrize(
    ("loss", "width", "outputs", "chances"),
    [
        ("binary_crossentropy", 1, [[0.25]], [[0.75, 0.25]]),
        (keras.losses.BinaryCrossentropy(from_logits=True), 1, [[0.0]], [[0.5, 0.5]]),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), 3, [[0, 0, 1000]], [[0, 0, 1]]),
    ],
)
def test_outputs_become_probabilities(tmp_path: Path, loss: object, width: int, outputs: Any, chances: Any) -> None:
    """The model as it was trained takes part in the whole: weights loaded into one are in the other."""
    before, after = model(loss, width), model(loss, width)
    before.layers[0].set_weights([np.zeros((2, width)), np.array(outputs[0])])
    with_probabilities(before).save_weights(tmp_path / "whole.weights.h5")
    whole = with_probabilities(after)
    whole.load_weights(tmp_path / "whole.weights.h5")
    x = np.ones((1, 2), np.float32)
    np.testing.assert_allclose(whole(x), chances, rtol=1e-6)
    np.testing.assert_allclose(after(x), outputs)


def test_a_model_with_probabilities_stays_as_it_is() -> None:
    network = model("sparse_categorical_crossentropy")
    assert with_probabilities(network) is network


def test_accuracy_and_log_loss_are_measured() -> None:
    chances = np.array([[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]], np.float32)
    found = measured(chances, np.array([0, 1, 1]))
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["loss"] == pytest.approx((np.log(2) + 0 - np.log(1e-7)) / 3)
